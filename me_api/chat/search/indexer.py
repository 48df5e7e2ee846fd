"""The full-text indexer: it fills the index in chunks, so that posting never waits for it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from me_api.concurrency import Loop
from me_api.eventlog import Change, EventLog, Transaction
from me_api.extensions import app_extension
from me_api.storage.failures import RepeatedFailures

CHUNK = 512
"""Positions that are indexed at a time: about a millisecond of the committer."""
SECONDS = 0.5
"""Interval in seconds at which the indexer looks for that many new positions."""
BACKLOG = 100_000
"""Positions that may wait while more than a chunk is written in each interval."""

_NEXT = "SELECT rev, text, room_id FROM messages WHERE rev > {} AND rev <= {} AND text IS NOT NULL"


@dataclass(frozen=True, slots=True)
class IndexMessages(Change):
    """Add the next chunk of messages to the index."""

    def apply(self, transaction: Transaction) -> int:
        """Index at most `CHUNK` positions; return the position up to which all are indexed."""
        connection = transaction.connection
        indexed: int = connection.exec_driver_sql("SELECT indexed FROM search").scalar_one()
        upto = min(transaction.head, indexed + CHUNK)
        if upto > indexed:
            rows = _NEXT.format(indexed, upto)
            connection.exec_driver_sql(f"INSERT INTO search_words (rowid, text, room_id) {rows}")
            connection.exec_driver_sql(f"UPDATE search SET indexed = {upto}")
        return upto


class Indexer:
    """Keeps the index close to the head of the log."""

    def __init__(self, loop: Loop, log: EventLog, readers: Engine) -> None:
        self._loop = loop
        self._log = log
        self._readers = readers
        self._seen = 0
        self._failures = RepeatedFailures("messages were not indexed yet")

    @property
    def available(self) -> bool:
        """Whether the database has a full-text index: only SQLite does."""
        return self._readers.dialect.name == "sqlite"

    def start(self) -> None:
        """Index in the background from now on; a failure is logged and retried."""
        if not self.available:
            return
        try:
            self._index_most()
            self._failures.clear()
        except Exception as error:
            self._failures.log(error)
        finally:
            self._loop.call_later(SECONDS, self.start)

    def _index_most(self) -> None:
        head = self._log.head
        # While much is written, indexing is put off: both go through the one committer.
        quiet, self._seen = head - self._seen <= CHUNK, head
        self.index_up_to(head - (CHUNK if quiet else BACKLOG))

    def index_up_to(self, position: int) -> None:
        """Index all messages up to a position; raises `StorageUnavailable`."""
        with self._readers.connect() as connection:
            indexed: int = connection.exec_driver_sql("SELECT indexed FROM search").scalar_one()
        # In chunks, each a change of its own, so that other writers wait only for one of them.
        while indexed < position:
            indexed = self._log.commit(IndexMessages())


indexer: Indexer = app_extension("indexer")
