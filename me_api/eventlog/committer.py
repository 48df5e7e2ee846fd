"""Group commit: every write to any table goes through one native thread.

The thread takes all that wait, applies them in one transaction and commits it with an fsync that
never blocks the loop. Each writer gets its own result or its own error. The thread never logs and
never touches Flask, a pool or a lock of the loop.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from me_api.concurrency import Future, Loop, ThreadQueue
from me_api.errors import StorageUnavailable
from me_api.eventlog.change import Change, Transaction, apply_in_order
from me_api.eventlog.entry import Entry
from me_api.storage import engines, failures

MAX_BATCH = 512
"""Most changes in one transaction: bounds how long the first of them waits for the last."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class PendingChange:
    """One change on its way, and who waits for it; nobody waits for one that was only sent."""

    change: Change | None
    future: Future | None


@dataclass(slots=True)
class Commit:
    """What a batch came to: its entries stand between `before` and `head`."""

    changes: list[PendingChange]
    outcomes: list[Any]
    before: int = 0
    head: int = 0
    entries: list[Entry] = field(default_factory=list)


class Committer:
    """The one writer. `committed` hears of every commit before its writers are woken."""

    def __init__(self, loop: Loop, engine: Engine, on_commit: Callable[[Commit], None]) -> None:
        self._loop = loop
        self._engine = engine
        self._on_commit = on_commit
        self._queue: ThreadQueue | None = None
        self._connection: Connection | None = None

    def submit(self, change: Change | None) -> Any:
        """Wait until the change is on disk and delivered; return its result.

        Raises the `ApiError` that refused it, or `StorageUnavailable`.
        """
        waiter = self._loop.future()
        self._enqueue(PendingChange(change, waiter))
        return waiter.wait()

    def submit_nowait(self, change: Change) -> None:
        """Have the change made without waiting for it; a failure is logged."""
        self._enqueue(PendingChange(change, None))

    def close(self) -> None:
        """Finish what waits and end the thread."""
        if self._queue is not None:
            self.submit(None)
            self._queue = None

    def _enqueue(self, request: PendingChange) -> None:
        if self._queue is None:
            self._queue = self._start()
        self._queue.put(request)

    def _start(self) -> ThreadQueue:
        inbox = self._loop.thread_queue()
        done = self._loop.threadsafe_callback(self._answer)
        # Opened and closed once here: it warms the loggers' caches, whose lock the thread
        # must not wait for.
        self._connect()
        self._disconnect()
        self._loop.start_thread(lambda: self._run(inbox, done))
        return inbox

    def _answer(self, commit: Commit) -> None:
        """Back on the loop: deliver, then wake the writers in their order."""
        try:
            self._on_commit(commit)
        except Exception:
            # It is on disk, which is what the writers wait for; the tail reads the rest later.
            logger.exception("what was committed could not be delivered yet")
        for request, outcome in zip(commit.changes, commit.outcomes, strict=True):
            if request.future is None:
                if isinstance(outcome, Exception):
                    logger.warning("a change was not stored: %s", outcome)
            elif isinstance(outcome, Exception):
                request.future.set_exception(outcome)
            else:
                request.future.set_result(outcome)
        self._loop.wake(r.future for r in commit.changes if r.future is not None)

    def _run(self, inbox: ThreadQueue, done: Callable[[Commit], None]) -> None:
        """Take all that waits, commit it, answer; in the native thread, until told to end."""
        ending = False
        while not ending:
            requests = [inbox.get()]
            while not inbox.empty() and len(requests) < MAX_BATCH:
                requests.append(inbox.get())
            ending = any(request.change is None for request in requests)
            for commit in self._commit([r for r in requests if r.change is not None]):
                done(commit)
        self._disconnect()
        done(Commit([r for r in requests if r.change is None], [None]))

    def _commit(self, requests: list[PendingChange]) -> list[Commit]:
        """Commit a batch; when one change spoils it, each alone."""
        if not requests:
            return []
        try:
            return [self._transact(requests)]
        except Exception as error:
            self._disconnect()
            if failures.is_storage_failure(error):
                unavailable = StorageUnavailable(f"Nothing was stored: {_reason(error)}.")
                return [Commit(requests, [unavailable] * len(requests))]
            if len(requests) == 1:
                return [Commit(requests, [error])]
            return self._commit_each(requests)

    def _commit_each(self, requests: list[PendingChange]) -> list[Commit]:
        """Commit each alone; where the disk fails one, it fails those after it, without waiting."""
        commits: list[Commit] = []
        for done, request in enumerate(requests, start=1):
            commits += self._commit([request])
            if isinstance(failure := commits[-1].outcomes[0], StorageUnavailable):
                rest = requests[done:]
                return [*commits, Commit(rest, [failure] * len(rest))]
        return commits

    def _transact(self, requests: list[PendingChange]) -> Commit:
        """Apply a batch in one transaction; when this returns it is on disk.

        An error leaves nothing behind: the connection is closed, whether the transaction still
        stands or, as after a full disk, is gone already and a statement would autocommit.
        """
        connection = self._connect()
        engines.begin_write(connection)
        transaction = Transaction(connection)
        outcomes = apply_in_order(transaction, [r.change for r in requests if r.change])
        transaction.finish()
        connection.exec_driver_sql("COMMIT")
        return Commit(requests, outcomes, transaction.before, transaction.head, transaction.entries)

    def _connect(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.invalidate()
            connection.close()
        except Exception as error:
            # Raised, it would end this thread, and with it every write.
            logger.warning("a broken connection was not closed: %s", error)


def _reason(error: BaseException) -> str:
    return str(getattr(error, "orig", error))
