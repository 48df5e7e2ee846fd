"""A bounded LRU cache whose entries are valid while the database's version stays the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def _count(key: object, value: object) -> int:
    return 1


class VersionedCache(Generic[K, V]):
    """Caches what was read from the database until the next commit.

    `version` returns a value that changes with every commit; while it returns None, nothing is
    cached. The sum of `size` over all entries never exceeds `max_size`. None is never cached.
    """

    def __init__(
        self,
        version: Callable[[], Hashable | None],
        max_size: int,
        size: Callable[[K, V], int] = _count,
    ) -> None:
        self._version = version
        self._max_size = max_size
        self._size_of = size
        self._current: Hashable | None = None
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._size = 0

    def get(self, key: K) -> V | None:
        """Return the cached value; None if there is none, or if it is no longer valid."""
        value = self._entries.get(key)
        # The key comes first: a miss must not cost the statement that reads the version.
        if value is None:
            return None
        version = self._version()
        if version != self._current or version is None:
            self._begin(version)
            return None
        self._entries.move_to_end(key)
        return value

    def get_or_make(self, key: K, make: Callable[[], V | None]) -> V | None:
        """Return the cached value, or the result of `make`, which is cached while it is valid."""
        version = self._version()
        if version != self._current:
            self._begin(version)
        cached = self._entries.get(key)
        if cached is not None:
            self._entries.move_to_end(key)
            return cached
        value = make()
        # `make` may wait, and other greenlets run meanwhile. If they have seen another version,
        # this value may be older than that. If none has looked yet, the next lookup clears it.
        if value is not None and version is not None and version == self._current:
            self._store(key, value)
        return value

    def _begin(self, version: Hashable | None) -> None:
        """Forget what was cached before this version."""
        self._entries.clear()
        self._size = 0
        self._current = version

    def _store(self, key: K, value: V) -> None:
        if key in self._entries:
            return  # Another greenlet has made the same value meanwhile.
        self._entries[key] = value
        self._size += self._size_of(key, value)
        while self._size > self._max_size:
            self._size -= self._size_of(*self._entries.popitem(last=False))
