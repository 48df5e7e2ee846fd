"""The event log as features use it: commit changes, read them, and wait for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Engine

from me_api.concurrency import ClientWait, Loop
from me_api.eventlog import position
from me_api.eventlog.change import Change
from me_api.eventlog.commit import Commit
from me_api.eventlog.committer import Committer
from me_api.eventlog.entry import Feed, Page
from me_api.eventlog.epoch_watch import EpochWatch
from me_api.eventlog.long_poll import LongPolls
from me_api.eventlog.monitor import StorageMonitor
from me_api.eventlog.read_cache import ReadCache
from me_api.eventlog.sources import LogSource, make_source
from me_api.eventlog.statistics import LogStatistics
from me_api.eventlog.tail import Tail
from me_api.eventlog.writer import CommitCounts
from me_api.eventlog.writers import make_writer
from me_api.storage import engines, postgresql
from me_api.storage.background import Background
from me_api.storage.database import Database
from me_api.storage.failures import RepeatedFailures
from me_api.storage.loop_connection import close_loop_connection


class EventLog:
    """The committer and the tail of one database, on one event loop.

    `on_commit` is called after every commit of this process with the number of its entries. `node`
    names this process among those of the database; random by default.
    """

    def __init__(
        self,
        loop: Loop,
        readers: Engine,
        feeds: Sequence[Feed],
        on_commit: Callable[[int], None] = lambda changes: None,
        node: str = "",
    ) -> None:
        self._node = node
        self._on_commit = on_commit
        self._loop = loop
        self._readers = readers
        self._feeds = feeds
        self.cached = ReadCache(loop, readers, lambda: self.version).get
        """Returns the result of a small read, from the cache if nothing was committed since."""
        self._long_polls = LongPolls(loop)
        self.failures = RepeatedFailures("the log cannot be read")
        self.announce: Callable[[Commit], None] | None = None
        """Called after `on_commit`, if what is committed is announced to other processes."""
        self.database = Database(readers, position.MARK, loop.sleep_in_thread)
        self.source: LogSource = make_source(readers)
        self.commit_counts = CommitCounts()
        self.statistics = LogStatistics()
        self.access_applied = 0
        """How often a change of access has been applied to what is open in this process."""

    # These are created at first use, because a command such as `flask db upgrade` builds the
    # app before the tables exist.

    @cached_property
    def tail(self) -> Tail:
        """The tail, which starts at the head that the log has when it is first used."""
        tail = Tail(self._readers, self._loop, self.source, self.statistics)
        for feed in self._feeds:
            tail.add_feed(feed)
        return tail

    @cached_property
    def _committer(self) -> Committer:
        # The tail is bound here, before the first commit: created later, it would start after it.
        def publish(commit: Commit, tail: Tail = self.tail) -> None:
            if commit.counters is not None:
                self.source.note(commit.counters, commit.head)
            tail.deliver(commit)
            if commit.ended:
                self._on_commit(len(commit.entries))
            if self.announce is not None:
                self.announce(commit)

        writer = make_writer(self.database, self._loop, self.tail, self._node, self.commit_counts)
        return Committer(self._loop, writer, publish, self.statistics)

    @cached_property
    def monitor(self) -> StorageMonitor:
        """Whether changes can be stored."""
        return StorageMonitor(self._loop, self._committer, self.database.files)

    @cached_property
    def epoch_watch(self) -> EpochWatch:
        """Whether a failover of PostgreSQL has begun a new epoch."""
        return EpochWatch(self._loop, self._readers, self.tail, self.monitor)

    @cached_property
    def background(self) -> Background:
        """Slow work on the database, in native threads."""
        writers = engines.writer_engine(self._readers.url, postgresql.BACKGROUND_SECONDS)
        return Background(self.database.background_engine(), writers)

    @property
    def head(self) -> int:
        """The last position committed by any process; clients are sent `delivered` instead."""
        return self.source.read_position().head

    @property
    def delivered(self) -> int:
        """The last position published to subscribers, which clients are sent as their cursor."""
        return self.tail.delivered

    @property
    def lag(self) -> int:
        """How many positions are known to be committed and are not published here yet."""
        return max(0, self.source.known_head - self.delivered)

    @property
    def epoch(self) -> str:
        """The random id of this log."""
        return self.tail.epoch

    @property
    def version(self) -> tuple[int, ...] | None:
        """A value that changes with every commit of any process; None if it cannot be read.

        What is read from the database, and the delivered position, stay the same while it does.
        """
        # The delivered position alone would miss changes of rooms and users, which take no
        # position, and what another process has written since the last poll.
        version = self.source.version()
        # What is kept in memory of who may do what changes after the version that is read.
        return None if version is None else (*version, self.delivered, self.access_applied)

    def open(self) -> None:
        """Open the database for changes; otherwise the first change does. Raises `DBAPIError`."""
        self._committer.open()

    def commit(self, change: Change) -> Any:
        """Commit a change; return its result when it is on disk and published to subscribers.

        Raises the `ApiError` of the change, or `StorageUnavailable`; nothing is stored then.
        """
        return self._committer.submit(change)

    def commit_then(self, change: Change, function: Callable[[Any], None]) -> None:
        """Commit a change without waiting; call a function with its result, or its error.

        It is on disk and published then. The function must not wait.
        """
        self._committer.submit_then(change, function)

    def commit_later(self, change: Change) -> None:
        """Commit a change without waiting for it; if it fails, that is only logged."""
        self._committer.submit_nowait(change)

    def check_cursor(self, since: int, epoch: str | None = None) -> None:
        """Raise `Gone` for a cursor of another log, or one beyond the end of this log."""
        self.tail.check_cursor(since, epoch)

    def changes(
        self, topic: str, since: int, limit: int, client_wait: ClientWait | None = None
    ) -> Page:
        """Read a topic's changes after `since`; if there are none, wait for one.

        Does not wait if `client_wait` is None, or once long-polls have been cancelled.
        """
        page = self.tail.read({topic: 0}, since, limit)
        if page.entries or client_wait is None or self._long_polls.cancelled:
            return page
        self._long_polls.wait(self.tail, topic, page.upto, client_wait)
        return self.tail.read({topic: 0}, since, limit)

    @property
    def long_polls(self) -> int:
        """The number of requests that wait for a change."""
        return self._long_polls.count

    def cancel_long_polls(self) -> None:
        """Wake all pending long-polls, so that they are answered before shutdown."""
        self._long_polls.cancel()

    def close(self, before_last: Callable[[], None] = lambda: None) -> None:
        """Commit the changes that are queued, then close the log's connections, the writer's last.

        `before_last` is called before that.
        """

        # Not earlier: while the thread ends, other greenlets may open connections.
        def close_readers() -> None:
            close_loop_connection(self._readers)
            if "background" in self.__dict__:
                self.background.close()
            before_last()

        if "_committer" in self.__dict__:
            self._committer.close(close_readers)
        close_readers()
