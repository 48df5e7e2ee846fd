"""Answers ready to be sent again: byte for byte the same request gets them while they hold."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from me_api.transport.web.request_head import http_date

MAX_BYTES = 16 * 1024 * 1024
"""Most bytes of requests and answers kept; the longest unused go first."""


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """An answer, but for its date."""

    opening: bytes
    rest: bytes
    close: bool

    def dated(self) -> bytes:
        """Write it with the time of now."""
        return b"".join((self.opening, http_date(), self.rest))


class ResponseCache:
    """Keeps answers as long as `version` says the same."""

    def __init__(self, version: Callable[[], Hashable | None]) -> None:
        self._version = version
        self._current: Hashable | None = None
        self._kept: OrderedDict[bytes, CachedResponse] = OrderedDict()
        self._size = 0

    def validate(self) -> Hashable | None:
        """Ask what is committed by now; where that has changed, nothing that is kept holds."""
        version = self._version()
        if version != self._current:
            self._kept.clear()
            self._size = 0
            self._current = version
        return version

    def get(self, request: bytes) -> CachedResponse | None:
        """Find the answer to a request; None where it does not hold any more."""
        kept = self._kept.get(request)
        if kept is None or self.validate() is None or request not in self._kept:
            return None
        self._kept.move_to_end(request)
        return kept

    def get_or_make(
        self, request: bytes, make: Callable[[], CachedResponse | None]
    ) -> CachedResponse | None:
        """Have an answer made; what was committed while it was made ends it at once."""
        version = self.validate()
        kept = make()
        if kept is not None and version is not None and version == self._current:
            self._keep(request, kept)
        return kept

    def _keep(self, request: bytes, kept: CachedResponse) -> None:
        if request in self._kept:
            return
        self._kept[request] = kept
        self._size += _size(request, kept)
        while self._size > MAX_BYTES:
            self._size -= _size(*self._kept.popitem(last=False))


def _size(request: bytes, kept: CachedResponse) -> int:
    return len(request) + len(kept.rest)
