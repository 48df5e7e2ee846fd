"""The committer's transactions: a batch of changes in as few as possible, in the native thread."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from me_api.errors import ForeignDatabase, StorageUnavailable
from me_api.eventlog.commit import Commit, QueuedChange
from me_api.eventlog.statistics import LogStatistics
from me_api.eventlog.writer import Writer
from me_api.storage import failures


# The thread uses neither Flask nor a connection pool, and the writer logs only when a broken
# connection cannot be closed. All of these have locks that eventlet has patched and that belong to
# the loop's thread: a native thread that waited for one might never wake.
class Transactions:
    """Commits batches by a writer. Nothing is stored once the database is found to be another."""

    def __init__(self, writer: Writer, statistics: LogStatistics) -> None:
        self._writer = writer
        self._statistics = statistics
        self._is_closing = False
        self._given_up: StorageUnavailable | None = None
        self.failure: StorageUnavailable | None = None
        """Why nothing could be stored the last time, if so."""
        self.tried = 0.0
        """When that was, by the monotonic clock."""

    def open(self) -> None:
        """Try each batch, from now on, also after a failure of storage."""
        self._is_closing, self._given_up = False, None

    def close(self) -> None:
        """Try no more after the first failure of storage from now on: the rest fails at once."""
        self._is_closing = True

    def commit(self, batch: list[QueuedChange]) -> Iterator[Commit]:
        """Yield each commit as soon as it is on disk, or has failed; an end is no change."""
        # Nobody waits for what is deferred: authors are answered before it begins.
        for part in _deferred_last(batch):
            yield from self._commit(part)

    def _commit(self, batch: list[QueuedChange]) -> list[Commit]:
        """Commit a batch in as few transactions as the writer can."""
        parts = []
        while batch:
            count = self._writer.together([p.change for p in batch if p.change])
            parts.append(batch[:count])
            batch = batch[count:]
        return self._commit_each(parts)

    def _commit_each(self, parts: list[list[QueuedChange]]) -> list[Commit]:
        """Commit each part in a transaction of its own, until storage fails."""
        commits: list[Commit] = []
        for done, part in enumerate(parts, start=1):
            commits += self._commit_part(part)
            if isinstance(failure := commits[-1].outcomes[-1], StorageUnavailable):
                # The rest fails at once: each further attempt might wait for a lock in vain.
                rest = [pending for later in parts[done:] for pending in later]
                return [*commits, _failed(rest, failure.for_others())]
        return commits

    def _commit_part(self, part: list[QueuedChange]) -> list[Commit]:
        """Commit in one transaction, or change by change if one of them breaks it."""
        if isinstance(self.failure, ForeignDatabase):
            return [_failed(part, self.failure.for_others())]
        if self._given_up is not None:
            return [_failed(part, self._given_up.for_others())]
        try:
            return [self._write(part)]
        except Exception as error:
            self._writer.disconnect()
            if (failure := failures.to_unavailable(error)) is not None:
                self.failure, self._statistics.failing = failure, True
                self._given_up = failure if self._is_closing else None
                return [_failed(part, failure)]
            if len(part) == 1:
                return [Commit(part, [error])]
            return self._commit_each([[pending] for pending in part])

    def _write(self, part: list[QueuedChange]) -> Commit:
        self.tried = monotonic()
        written = self._writer.write([p.change for p in part if p.change])
        ended = monotonic()
        self._statistics.commit_seconds.observe(ended - self.tried)
        self.failure, self._statistics.failing = None, False
        before, head, entries = written.before, written.head, written.entries
        return Commit(part, written.outcomes, before, head, entries, written.counters, ended)


def _failed(batch: list[QueuedChange], error: StorageUnavailable) -> Commit:
    return Commit(batch, [error] * len(batch))


def _deferred_last(batch: list[QueuedChange]) -> list[list[QueuedChange]]:
    """Return the changes of a batch, and then those of them that are deferred."""
    changes = [p for p in batch if p.change is not None]
    deferred = [p for p in changes if p.change and p.change.deferred]
    if not deferred:
        return [changes]
    return [[p for p in changes if p not in deferred], deferred]
