"""The index of words: filled many messages at a time, so that posting does not wait for it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from me_api.concurrency import Loop
from me_api.errors import ApiError
from me_api.eventlog import Change, EventLog, Transaction
from me_api.extensions import app_extension

CHUNK = 512
"""Positions put into the index at a time: about a millisecond of the committer."""
SECONDS = 0.5
"""How often it is looked whether there is as much to do."""
BACKLOG = 100_000
"""Positions that may wait while so much is written that the index would be in the way."""

_NEXT = "SELECT rev, text, room_id FROM messages WHERE rev > {} AND rev <= {} AND text IS NOT NULL"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IndexMessages(Change):
    """Put the next messages into the index."""

    def apply(self, transaction: Transaction) -> int:
        """Do so; give the position up to which all are in it."""
        connection = transaction.connection
        indexed: int = connection.exec_driver_sql("SELECT indexed FROM search").scalar_one()
        upto = min(transaction.head, indexed + CHUNK)
        if upto > indexed:
            rows = _NEXT.format(indexed, upto)
            connection.exec_driver_sql(f"INSERT INTO search_words (rowid, text, room_id) {rows}")
            connection.exec_driver_sql(f"UPDATE search SET indexed = {upto}")
        return upto


class Indexer:
    """Keeps the index near the end of the log."""

    def __init__(self, loop: Loop, log: EventLog, readers: Engine) -> None:
        self._loop = loop
        self._log = log
        self._readers = readers
        self._seen = 0

    @property
    def available(self) -> bool:
        """Whether this database can index words at all."""
        return self._readers.dialect.name == "sqlite"

    def start(self) -> None:
        """Look now and then whether there is much to do, and do it; in a storm, later."""
        if not self.available:
            return
        try:
            head = self._log.head
            quiet, self._seen = head - self._seen <= CHUNK, head
            self.index_up_to(head - (CHUNK if quiet else BACKLOG))
        except (ApiError, DBAPIError) as error:
            logger.warning("messages were not indexed yet: %s", error)
        self._loop.call_later(SECONDS, self.start)

    def index_up_to(self, position: int) -> None:
        """Have all up to a position in the index; raises `StorageUnavailable`.

        A chunk at a time, so that no other writer waits for all of it.
        """
        with self._readers.connect() as connection:
            indexed: int = connection.exec_driver_sql("SELECT indexed FROM search").scalar_one()
        while indexed < position:
            indexed = self._log.commit(IndexMessages())


indexer: Indexer = app_extension("indexer")
