"""The response of the front page."""

from __future__ import annotations

from pydantic import BaseModel


class Me(BaseModel):
    """A description of this API, and links to its parts."""

    name: str
    description: str
    author: str | None
    links: dict[str, str]
