"""Cacheable requests are answered from the cache, as long as nothing has been committed since."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf
from time import time
from typing import Protocol

from me_api.transport.web.cacheable import CacheableHandler, CacheableRequest, parse_cacheable
from me_api.transport.web.encoded_response import EncodedResponse
from me_api.transport.web.response import encode_rest, status_line

MAX_CACHE_BYTES = 16 * 1024 * 1024
"""The most bytes of responses that are cached."""
ENTRY_BYTES = 512
"""About what an entry of the cache takes beside its response."""
MAX_KNOWN = 8192
MAX_KNOWN_BYTES = 1024
"""Requests that are kept in parsed form, and the bytes that each may have."""


class Cache(Protocol):
    """The cache that the server is given; it forgets responses when they are no longer valid."""

    def get(self, key: CacheableRequest, /) -> EncodedResponse | None:
        """Return the valid response to a request; None if there is none."""

    def get_or_make(
        self, key: CacheableRequest, make: Callable[[], EncodedResponse | None], /
    ) -> EncodedResponse | None:
        """Return the valid response to a request, or make it and cache it."""


class ResponseCache:
    """Responds to cacheable requests. A request is known by the bytes of its head."""

    def __init__(self, handler: CacheableHandler, cache: Cache) -> None:
        self._handler = handler
        self._cache = cache
        self._known: dict[bytes, CacheableRequest] = {}
        self.never_waits = handler.never_waits
        """Whether `respond` may be called in the hub."""

    def get(self, data: bytes) -> EncodedResponse | None:
        """Return the response to a known request, if it is cached; None otherwise."""
        request = self._known.get(data)
        if request is None or (response := self._cache.get(request)) is None:
            return None
        return response if response.expires == inf else _unless_expired(response)

    def parse(self, data: bytes) -> CacheableRequest | None:
        """Parse a head; return None if the response to the request is not cacheable."""
        request = self._known.get(data)
        if request is not None:
            return request
        request = parse_cacheable(data)
        if request is None or not self._handler.handles(request.path):
            return None
        if len(data) <= MAX_KNOWN_BYTES:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[data] = request
        return request

    def respond(self, request: CacheableRequest) -> EncodedResponse | None:
        """Return the response to a request; None if the WSGI application is to respond."""
        # The application says that a token has expired.
        return _unless_expired(self._cache.get_or_make(request, partial(self._make, request)))

    def _make(self, request: CacheableRequest) -> EncodedResponse | None:
        made = self._handler.handle(request)
        if made is None:
            return None
        close, fields = request.connection == "close", made.headers
        if request.connection:
            fields = [*fields, ("Connection", request.connection)]
        rest = encode_rest(fields) + made.body
        return EncodedResponse(status_line(made.status), rest, close, made.expires, made.user)


def _unless_expired(response: EncodedResponse | None) -> EncodedResponse | None:
    if response is None or response.expires <= time():
        return None
    return response


def size_in_cache(request: CacheableRequest, response: EncodedResponse) -> int:
    """Count the bytes that a request and its response take in the cache, if it is sent often."""
    return ENTRY_BYTES + sum(map(len, request)) + 2 * len(response.rest)
