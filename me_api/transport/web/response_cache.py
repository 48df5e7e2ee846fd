"""Responses that are sent again, as long as they are valid, to byte-for-byte equal requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from me_api.transport.web.dates import http_date

MAX_CACHE_BYTES = 16 * 1024 * 1024
"""The most bytes of requests and responses that are cached."""


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """A response in bytes, split where its date goes."""

    opening: bytes
    rest: bytes
    close: bool

    def dated(self) -> bytes:
        """Encode the response with the current time."""
        return b"".join((self.opening, http_date(), self.rest))


class ResponseCache(Protocol):
    """The cache that the server is given; it forgets responses when they are no longer valid."""

    def get(self, key: bytes, /) -> CachedResponse | None:
        """Return the valid response to a request; None if there is none."""

    def get_or_make(
        self, key: bytes, make: Callable[[], CachedResponse | None], /
    ) -> CachedResponse | None:
        """Return the valid response to a request, or make it and cache it."""


def size_in_cache(request: bytes, response: CachedResponse) -> int:
    """Count the bytes that a request and its response take in the cache."""
    return len(request) + len(response.rest)
