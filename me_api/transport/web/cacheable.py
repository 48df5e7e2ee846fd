"""Cacheable requests and their responses, as the web server and the REST package exchange them.

A GET is cacheable if it has no token, no body and nothing else that the response could vary by:
the same bytes get the same response until something is committed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CacheableRequest:
    """A parsed GET whose response may be cached."""

    path: str
    query: str
    headers: Mapping[str, str]
    """By name in lower case."""
    close: bool
    """Whether the connection is to be closed after the response."""


@dataclass(frozen=True, slots=True)
class CacheableResponse:
    """A response whose date, and header `Connection`, the web server adds."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class CacheableHandler(Protocol):
    """Responds to cacheable requests without the WSGI application."""

    def handle(self, request: CacheableRequest) -> CacheableResponse | None:
        """Return the response, or None if the WSGI application is to handle the request."""
