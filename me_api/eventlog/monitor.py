"""Whether changes can be stored: what the committer has met last, and probes."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any

from sqlalchemy.engine import Connection

from me_api.concurrency import Loop
from me_api.errors import ForeignDatabase, StorageUnavailable
from me_api.eventlog import position
from me_api.eventlog.change import BatchDraft, Transaction
from me_api.eventlog.committer import Committer
from me_api.eventlog.optimistic import Numbers, OptimisticChange
from me_api.storage.database_files import DatabaseFiles
from me_api.storage.failures import RepeatedFailures

RETRY_SECONDS = 1.0
"""Seconds between two probes while nothing can be stored."""
IDLE_SECONDS = 5.0
"""Seconds for which a commit proves that the next one will succeed, too."""


class ProbePart:
    """Nothing, but it is stored: the database records the commit."""

    outcomes: list[Any]

    def __init__(self, probes: int) -> None:
        self.outcomes = [None] * probes

    def document(self) -> dict[str, Any]:
        """Return an empty document, which the database's function accepts."""
        return {}

    def complete(self, numbers: Numbers) -> None:
        """Do nothing: no outcome holds what the database assigns."""


class Probe(OptimisticChange):
    """Store the log's row as it is."""

    part = "probe"

    def apply(self, transaction: Transaction) -> None:
        # SQLite writes nothing if nothing has changed.
        for head in (transaction.head + 1, transaction.head):
            position.move(transaction.connection, head)

    @classmethod
    def prepare_all(
        cls, connection: Connection, draft: BatchDraft, changes: Sequence[Any]
    ) -> ProbePart:
        """Store nothing, without locking the log."""
        return ProbePart(len(changes))


class StorageMonitor:
    """Probes a committer while nobody else uses it."""

    def __init__(self, loop: Loop, committer: Committer, files: DatabaseFiles | None) -> None:
        self._loop = loop
        self._committer = committer
        self._transactions = committer.transactions
        self._files = files
        self._probing = False
        self._failures = RepeatedFailures("nothing can be stored")

    def look(self) -> None:
        """Log a new failure; probe after a failure, or if the files have changed. Never blocks."""
        failure = self._transactions.failure
        if failure is None:
            self._failures.clear()
        else:
            self._failures.log(failure)
        if not isinstance(failure, ForeignDatabase) and self._is_due():
            self.probe()

    def probe(self) -> None:
        """Probe in the background, unless that is being done."""
        if not self._probing:
            self._probing = True
            self._loop.spawn(self._probe)

    def check(self) -> None:
        """Raise `StorageUnavailable` if nothing can be stored; waits for a probe if none is new."""
        if monotonic() - self._transactions.tried > IDLE_SECONDS:
            self._committer.submit(Probe())
        if self._transactions.failure is not None:
            raise self._transactions.failure

    def _is_due(self) -> bool:
        if self._transactions.failure is not None:
            return monotonic() - self._transactions.tried > RETRY_SECONDS
        return self._files is not None and self._files.have_changed()

    def _probe(self) -> None:
        try:
            self._committer.submit(Probe())
        except StorageUnavailable as failure:
            self._failures.log(failure)
        finally:
            self._probing = False
