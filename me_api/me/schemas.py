"""What the me-api says of itself."""

from __future__ import annotations

from pydantic import BaseModel


class Me(BaseModel):
    """Who this is, and where everything is."""

    name: str
    description: str
    author: str | None
    links: dict[str, str]
