"""The indexer: it fills the full-text index in chunks, so that posting never waits for it."""

from __future__ import annotations

from time import monotonic

from sqlalchemy import Engine

from me_api.chat.search import index
from me_api.chat.search.fts5 import Fts5Store
from me_api.chat.search.index import SearchIndex
from me_api.chat.search.postgresql import PostgresqlStore
from me_api.concurrency import Loop, ThreadPool
from me_api.eventlog import EventLog
from me_api.storage.failures import RepeatedFailures

SECONDS = 0.5
"""Interval in seconds at which the indexer looks for new positions."""


def make_index(log: EventLog, readers: Engine, pool: ThreadPool) -> SearchIndex:
    """Create the index of this kind of database."""
    store = Fts5Store if readers.dialect.name == "sqlite" else PostgresqlStore
    return SearchIndex(log, pool, store(log, pool))


class Indexer:
    """Keeps the index close to the head of the log."""

    def __init__(self, loop: Loop, log: EventLog, search_index: SearchIndex) -> None:
        self._loop = loop
        self._log = log
        self._index = search_index
        self._seen = 0
        self._failures = RepeatedFailures("messages were not indexed yet")

    def start(self) -> None:
        """Index in the background from now on; a failure is logged and retried."""
        try:
            self._index_most()
            self._failures.clear()
        except Exception as error:
            self._failures.log(error)
        finally:
            self._loop.call_later(SECONDS, self.start)

    def _index_most(self) -> None:
        head = self._log.head
        # While much is written, indexing is put off: both need the same threads and disk.
        quiet, self._seen = head - self._seen <= index.CHUNK, head
        store = self._index.store
        self.fill(head - (store.spare if quiet else store.backlog))

    def fill(self, position: int) -> None:
        """Index all messages up to a position, unless another node is about it.

        Raises `StorageUnavailable`.
        """
        indexed, began = -1, monotonic()
        # In chunks, so that other writers wait only for one of them.
        while (reached := self._index.store.add_chunk(position, background=True)) is not None:
            # It stays where it is while a message is being edited: the next time will do.
            if reached >= position or reached <= indexed:
                return
            # Half of the time is left to others.
            self._loop.event().wait(monotonic() - began)
            indexed, began = reached, monotonic()
