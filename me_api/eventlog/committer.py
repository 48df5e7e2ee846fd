"""Group commit: every change goes through one native thread.

The thread takes all changes that are queued, applies them in one transaction, and commits it with
an fsync, which does not block the event loop. Each writer receives its own result or error.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from me_api.concurrency import Loop, LoopCallback, ThreadQueue
from me_api.eventlog.change import Change
from me_api.eventlog.commit import Commit, QueuedChange
from me_api.eventlog.statistics import LogStatistics
from me_api.eventlog.transactions import Transactions
from me_api.eventlog.writer import Writer
from me_api.storage import failures

MAX_BATCH = 512
"""To a batch of so many changes none are added; bounds how long the first waits for the last."""

UNDELIVERED = "what was committed could not be delivered yet"

logger = logging.getLogger(__name__)


class Committer:
    """Commits changes; features write in no other way.

    `on_commit` is called on the loop after every commit, before those that wait are woken. Nothing
    is stored once the database is found to be another.
    """

    def __init__(
        self,
        loop: Loop,
        writer: Writer,
        on_commit: Callable[[Commit], None],
        statistics: LogStatistics | None = None,
    ) -> None:
        self._loop = loop
        self._writer = writer
        self._on_commit = on_commit
        self._statistics = statistics or LogStatistics()
        self.transactions = Transactions(writer, self._statistics)
        self._queue: ThreadQueue | None = None
        self._opening = loop.lock()
        self._turn: list[QueuedChange] = []
        self._on_done: LoopCallback | None = None

    def submit(self, change: Change | None) -> Any:
        """Wait until the change is on disk and published; return its result.

        Raises the `ApiError` of the change, or `StorageUnavailable`.
        """
        future = self._loop.future()
        self._enqueue(QueuedChange(change, future))
        return future.wait()

    def submit_then(self, change: Change, function: Callable[[Any], None]) -> None:
        """Queue the change; call a function, which must not wait, with its result or error.

        The change is on disk and published then.
        """
        self._enqueue(QueuedChange(change, self._loop.callback(function)))

    def submit_nowait(self, change: Change) -> None:
        """Queue the change without waiting for it; if it fails, that is logged."""
        self._enqueue(QueuedChange(change, None))

    def close(self, before_last: Callable[[], None] = lambda: None) -> None:
        """Commit what is queued and end the thread; the next change starts a new one.

        `before_last` is called when that is done, before the writer's connection is closed.
        """
        if (queue := self._queue) is not None and (on_done := self._on_done) is not None:
            # While another process holds the database's lock, each change would wait for it, and
            # more are queued by what tries again: the server would not end.
            self.transactions.close()
            self.submit(None)
            while self._turn or not queue.empty():
                # Queued since the thread has ended.
                self._loop.start_thread(lambda: self._run(queue, on_done))
                self.submit(None)
            on_done.close()
            before_last()
            self._writer.close()
            self._queue = self._on_done = None

    def open(self) -> ThreadQueue:
        """Open the database, and start the thread, unless that has been done."""
        if self._queue is None:
            # Opening may wait for the database, and another greenlet may want to write meanwhile.
            with self._opening:
                self._queue = self._queue or self._start()
        return self._queue

    def _enqueue(self, pending: QueuedChange) -> None:
        self.open()
        self._statistics.waiting += 1
        self._turn.append(pending)
        if len(self._turn) == 1:
            self._loop.call_at_end_of_turn(self._queue_turn)

    def _queue_turn(self) -> None:
        """Queue the changes of this turn of the loop, as one batch if they are not too many."""
        # If each were queued by itself, the thread would commit the first alone, and the others
        # would wait for that.
        assert self._queue is not None
        turn, self._turn = self._turn, []
        for start in range(0, len(turn), MAX_BATCH):
            self._queue.put(turn[start : start + MAX_BATCH])

    def _start(self) -> ThreadQueue:
        queue = self._loop.thread_queue()
        self._writer.open()
        self.transactions.open()
        on_done = self._on_done = self._loop.threadsafe_callback(self._complete)
        self._loop.start_thread(lambda: self._run(queue, on_done))
        return queue

    def _complete(self, commit: Commit) -> None:
        """Publish a commit, then wake its writers in their order; runs on the loop."""
        try:
            self._on_commit(commit)
        except Exception as error:
            # It is on disk, which is what the writers wait for. The tail reads it from there
            # before it publishes the next commit.
            unexpected = None if failures.is_storage_failure(error) else error
            logger.error("%s: %s", UNDELIVERED, error, exc_info=unexpected)
        self._statistics.waiting -= len(commit.changes)
        if commit.ended:
            self._statistics.publish_seconds.observe(monotonic() - commit.ended)
        for pending, outcome in zip(commit.changes, commit.outcomes, strict=True):
            if pending.result is None:
                if isinstance(outcome, Exception):
                    logger.warning("a change was not stored: %s", outcome)
            elif isinstance(outcome, Exception):
                pending.result.set_exception(outcome)
            else:
                pending.result.set_result(outcome)
        self._loop.wake(p.result for p in commit.changes if p.result is not None)

    def _run(self, queue: ThreadQueue, on_done: Callable[[Commit], None]) -> None:
        """Commit what is queued, batch by batch, until `close` is called; runs in the thread."""
        ending = False
        while not ending:
            batch = queue.get()
            while not queue.empty() and len(batch) < MAX_BATCH:
                batch += queue.get()
            ending = any(pending.change is None for pending in batch)
            for commit in self.transactions.commit(batch):
                on_done(commit)
        self._writer.disconnect()
        # `close` is woken last, when everything before it has been committed.
        ends = [pending for pending in batch if pending.change is None]
        on_done(Commit(ends, [None] * len(ends)))
