"""A plain GET and its answer, as the web server and the REST door hand them to each other.

Plain is a request without a token, a body or anything else that could change its answer: whoever
sends the same bytes gets the same answer, until something is committed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CacheableRequest:
    """What is asked; header names are in small letters, and `close` ends the connection."""

    path: str
    query: str
    headers: Mapping[str, str]
    close: bool


@dataclass(frozen=True, slots=True)
class CacheableResponse:
    """What is answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class CacheableHandler(Protocol):
    """Who answers plain GETs."""

    def handle(self, plain: CacheableRequest) -> CacheableResponse | None:
        """Answer; None for all that must go the ordinary way."""
