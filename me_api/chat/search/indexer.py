"""The indexer: it fills the full-text index in chunks, so that posting never waits for it."""

from __future__ import annotations

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
        self._index.fill(head - (store.spare if quiet else store.backlog))
