"""What the server sends in the namespace `/me` but for changes of the log."""

from __future__ import annotations

from pydantic import BaseModel

from me_api.realtime.schemas import Ready


class Author(BaseModel):
    """The author of the site: the nick of the first owner."""

    author: str | None


class MeReady(Ready):
    """The client receives every change from here on; the author is no change of the log."""

    author: str | None
