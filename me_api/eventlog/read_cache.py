"""Small reads of the database, which are cached until the next commit."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import Engine

from me_api.concurrency import Loop
from me_api.storage.shared_reads import SharedReads
from me_api.storage.versioned_cache import VersionedCache

MAX_CACHED = 1024
"""The most small reads that are cached between two commits."""

T = TypeVar("T")


class ReadCache:
    """The results of reads of one version of the log."""

    def __init__(
        self, loop: Loop, readers: Engine, version: Callable[[], tuple[int, ...] | None]
    ) -> None:
        self._version = version
        self._cache: VersionedCache[Hashable, Any] = VersionedCache(version, MAX_CACHED)
        self._shared_reads = None if readers.dialect.name == "sqlite" else SharedReads(loop)

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return the result of `read`, from the cache if nothing has been committed since.

        For small results. None is not cached. Of more than `MAX_CACHED` the oldest are removed.
        """
        if self._shared_reads is None:
            return cast(T, self._cache.get_or_make(key, read))
        return cast(T, self._cache.get_or_make(key, partial(self._read_once, key, read)))

    def _read_once(self, key: Hashable, read: Callable[[], T]) -> T:
        version = self._version()
        if version is None or self._shared_reads is None:
            return read()
        # Not with those who began to read before the last commit.
        return self._shared_reads.read((key, version), read)
