"""The publisher: hands every committed change on, in order of rev across topics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

from sqlalchemy import Engine

from me_api.concurrency import Loop
from me_api.errors import Gone
from me_api.eventlog.commit import Commit
from me_api.eventlog.entry import Batch, Entry, Feed, Page, page_of
from me_api.eventlog.feed_reader import FeedReader, PrunedError
from me_api.eventlog.live_subscribers import LiveSubscribers
from me_api.eventlog.position import Position
from me_api.eventlog.replay_buffer import ReplayBuffer
from me_api.eventlog.statistics import LogStatistics

PAGE = 64
"""The most changes that are read and sent at a time."""


class PublisherSource(Protocol):
    """The log, as the publisher reads it."""

    def read_position(self) -> Position:
        """Return the position that the database has now; may wait."""

    def begin_epoch(self) -> None:
        """Note that publishing goes on in another epoch."""

    def before_publishing(self) -> int | None:
        """Do what has to be done before later changes are published; may wait.

        Returns the position up to which may be published before it is called again; None for any.
        """


class Publisher:
    """Publishes commits to the live subscribers; `delivered` is the last position published.

    `deliver`, `publish_next` and `catch_up` do not wait for a subscriber.
    """

    # Publishing has two phases: one reads, and may wait for the database; the other broadcasts what
    # was read, and must not switch to another greenlet. A subscriber that went live in between
    # would receive it neither from the broadcast nor from a replay.

    def __init__(
        self,
        engine: Engine,
        loop: Loop,
        source: PublisherSource,
        statistics: LogStatistics | None = None,
    ) -> None:
        self._source = source
        self.statistics = statistics or LogStatistics()
        self._lock: AbstractContextManager[Any] = nullcontext()
        """Held from the first read to the last broadcast, and by a subscriber that goes live."""
        self._reads_wait = engine.dialect.name != "sqlite"
        if self._reads_wait:
            self._lock = loop.lock()
        self._reader = FeedReader(engine)
        self.delivered, self.epoch = source.read_position()
        self._replay_buffer = ReplayBuffer(self.delivered)
        self._floor = 0
        self._live = LiveSubscribers()
        self._pages: dict[tuple[int, int, tuple[tuple[str, int], ...]], tuple[Batch, int]] = {}

    def add_feed(self, feed: Feed) -> None:
        """Register a feature's feed, from which changes are read that are not in memory."""
        self._reader.add(feed)

    def deliver(self, commit: Commit) -> None:
        """Publish a commit, after what other processes have committed before it."""
        with self._lock:
            self._catch_up(commit.before)
            entries = commit.entries
            if commit.before < self.delivered:
                # A poll has read this commit from the database already, and published it.
                entries = [entry for entry in entries if entry.rev > self.delivered]
            self._publish(entries, max(self.delivered, commit.head))

    def publish_next(self, entries: list[Entry], before: int, head: int, epoch: str) -> int | None:
        """Publish what another process has committed in (`before`, `head`], without reading it.

        Return the number of entries that were new; None, without publishing any, if they are of
        another epoch, or do not follow what has been published.
        """
        with self._lock:
            if epoch != self.epoch or not before <= self.delivered < head:
                return None
            new = [entry for entry in entries if entry.rev > self.delivered]
            self._publish(new, head)
            return len(new)

    def catch_up(self, head: int | None = None) -> None:
        """Read what any process has committed since, up to `head`, and publish it.

        By default up to the head that the database has now.
        """
        with self._lock:
            if head is None:
                head, epoch = self._source.read_position()
                if self._reads_wait and epoch != self.epoch:
                    return  # Nothing of another epoch is published before `begin_anew`.
            self._source.before_publishing()
            self._catch_up(head)

    def begin_anew(self, begins: Position) -> None:
        """Go on at a position of another epoch; what was published before is forgotten."""
        with self._lock:
            self.delivered, self.epoch = begins
            self._source.begin_epoch()
            self._replay_buffer = ReplayBuffer(self.delivered)
            self._pages.clear()

    def _catch_up(self, head: int) -> None:
        while self.delivered < head:
            page = self._reader.read_all(self.delivered, head, PAGE)
            self._publish(page.entries, page.upto)

    def read(self, topics: Mapping[str, int], after: int, limit: int) -> Page:
        """Read the topics' changes after a position, up to the delivered one.

        A topic whose own start is later is read from there on. Raises `Gone` if rows that have
        changed since then have been removed.
        """
        upto = self.delivered
        entries = self._replay_buffer.changes(topics, after)
        if entries is None:
            self.statistics.pages_read += 1
            with self._complete():
                entries = self._reader.read(topics, after, upto, limit)
        return page_of(entries, upto, limit)

    def count(self, topics: Mapping[str, int], after: int, limit: int) -> int:
        """Count the changes that `read` returns; the count of each topic stops at `limit`.

        Raises `Gone`, as that does.
        """
        entries = self._replay_buffer.changes(topics, after)
        if entries is not None:
            return len(entries)
        with self._complete():
            return self._reader.count(topics, after, self.delivered, limit)

    def check_complete(self, topics: Mapping[str, int], after: int) -> None:
        """Raise `Gone` if `read` would. Asks the database only where something was removed."""
        if after < min(self._floor, self._replay_buffer.since):
            with self._complete():
                self._reader.check(topics, after)

    def forget(self, topic: str, is_gone: Callable[[Any], bool], floor: int) -> None:
        """Remove rows that no longer exist from memory, by their keys.

        `floor` is the highest rev that one of the topic's had. Never waits.
        """
        self._floor = max(self._floor, floor)
        self._replay_buffer.forget(topic, is_gone)
        self._pages.clear()

    @contextmanager
    def _complete(self) -> Iterator[None]:
        """Raise `Gone` if what is read in this context has been removed in part."""
        try:
            yield
        except PrunedError:
            raise Gone(
                "What has changed after this cursor has been removed in part: start over.",
                code="pruned",
                extra={"rev": self.delivered, "epoch": self.epoch},
            ) from None

    def _publish(self, entries: list[Entry], upto: int) -> None:
        """Publish the entries up to a position; with the lock held."""
        while (end := self._source.before_publishing() or 0) and self.delivered < end < upto:
            self._publish_part([entry for entry in entries if entry.rev <= end], end)
            entries = [entry for entry in entries if entry.rev > end]
        self._publish_part(entries, upto)

    def _publish_part(self, entries: list[Entry], upto: int) -> None:
        # Not for a commit of sessions alone: clients that come back at once save theirs, and would
        # each find no cached page.
        if upto > self.delivered:
            if self._reads_wait:
                self._live.prepare(entries)
            self._broadcast(entries)
            self.delivered = upto

    def _broadcast(self, entries: list[Entry]) -> None:
        """Broadcast the entries to the live subscribers. Never switches to another greenlet."""
        self._pages.clear()  # They end at the old position, and may hold a text since deleted.
        for entry in entries:
            self._replay_buffer.add(entry)
        self._live.publish(entries)
