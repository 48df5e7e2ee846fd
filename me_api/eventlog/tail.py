"""The tail: publishes every committed change, in order of rev across topics, to subscribers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from sqlalchemy import Engine

from me_api.concurrency import Loop
from me_api.eventlog.commit import Commit
from me_api.eventlog.entry import Batch, Entry, Feed, Page, page_of
from me_api.eventlog.feed_reader import FeedReader
from me_api.eventlog.live_subscribers import LiveSubscribers
from me_api.eventlog.position import Position
from me_api.eventlog.replay_buffer import ReplayBuffer
from me_api.eventlog.subscriber import Subscriber

PAGE = 64
"""The most changes that are read and sent at a time."""
PAGES_CACHED = 64
"""The most pages that are cached for other subscribers that have missed the same changes."""


class TailSource(Protocol):
    """The log, as the tail reads it."""

    def read_position(self) -> Position:
        """Return the position that the database has now; may wait."""

    def begin_epoch(self) -> None:
        """Note that the tail goes on in another epoch."""

    def before_publishing(self) -> None:
        """Do what has to be done before later changes are published; may wait.

        Called where reading waits, as on PostgreSQL.
        """


class Tail:
    """Publishes commits to subscribers; `delivered` is the last position published.

    A subscriber starts behind, and is sent pages until it has caught up. Then it is live, and each
    commit is broadcast to it. `deliver`, `publish_next`, `catch_up`, `subscribe`, `unsubscribe`,
    `pause` and `close` do not wait for a subscriber.
    """

    # Publishing has two phases: one reads, and may wait for the database; the other broadcasts what
    # was read, and must not switch to another greenlet. A subscriber that went live in between
    # would receive it neither from the broadcast nor from a replay.

    def __init__(self, engine: Engine, loop: Loop, source: TailSource) -> None:
        self._source = source
        self._turn: AbstractContextManager[Any] = nullcontext()
        """Held from the first read to the last broadcast, and by a subscriber that goes live."""
        self._reads_wait = engine.dialect.name != "sqlite"
        if self._reads_wait:
            self._turn = loop.lock()
        self._reader = FeedReader(engine)
        self.delivered, self.epoch = source.read_position()
        self._replay_buffer = ReplayBuffer(self.delivered)
        self._live = LiveSubscribers()
        self._pages: dict[tuple[int, int, tuple[tuple[str, int], ...]], tuple[Batch, int]] = {}

    def add_feed(self, feed: Feed) -> None:
        """Register a feature's feed, from which the tail reads changes that are not in memory."""
        self._reader.add(feed)

    def deliver(self, commit: Commit) -> None:
        """Publish a commit, after what other processes have committed before it."""
        with self._turn:
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
        with self._turn:
            if epoch != self.epoch or not before <= self.delivered < head:
                return None
            new = [entry for entry in entries if entry.rev > self.delivered]
            self._publish(new, head)
            return len(new)

    def catch_up(self, head: int | None = None) -> None:
        """Read what any process has committed since, up to `head`, and publish it.

        By default up to the head that the database has now.
        """
        with self._turn:
            if head is None:
                head, epoch = self._source.read_position()
                if self._reads_wait and epoch != self.epoch:
                    return  # Nothing of another epoch is published before `begin_anew`.
            if self._reads_wait:
                self._source.before_publishing()
            self._catch_up(head)

    def begin_anew(self, begins: Position) -> None:
        """Go on at a position of another epoch; what was published before is forgotten."""
        with self._turn:
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

        A topic whose own start is later is read from there on.
        """
        upto = self.delivered
        entries = self._replay_buffer.changes(topics, after)
        if entries is None:
            entries = self._reader.read(topics, after, upto, limit)
        return page_of(entries, upto, limit)

    def count(self, topics: Mapping[str, int], after: int, limit: int) -> int:
        """Count the changes that `read` returns; the count of each topic stops at `limit`."""
        entries = self._replay_buffer.changes(topics, after)
        if entries is not None:
            return len(entries)
        return self._reader.count(topics, after, self.delivered, limit)

    def start(self, subscriber: Subscriber) -> None:
        """Send the subscriber all it has missed, page by page, then make it live.

        Waits for the sink to drain whenever a page does not fit. Returns early if the subscriber
        is paused or closed, or if its sink never drains.
        """
        # What is missed stays in the log until it fits: a slow subscriber costs no memory.
        while subscriber.wants_pages:
            topics, position = dict(subscriber.topics), subscriber.position
            batch, upto = self._page(topics, position)
            fits = subscriber.sink.fits(batch)
            # Reading may have waited, and the subscriber may not be as it was.
            if not subscriber.is_at(topics, position):
                continue
            if not fits:
                if not subscriber.sink.drain():
                    return
            elif position < upto:
                self._send(subscriber, batch, upto)
            else:
                self._try_to_go_live(subscriber)

    def pause(self, subscriber: Subscriber) -> None:
        """Hold the subscriber at the delivered position; nothing is sent until it is resumed."""
        subscriber.pauses += 1
        self._stop_live(subscriber)

    def resume(self, subscriber: Subscriber) -> None:
        """End one pause; after the last one, send what was missed meanwhile, and make it live."""
        subscriber.pauses -= 1
        self.start(subscriber)

    def subscribe(self, subscriber: Subscriber, topic: str) -> None:
        """Add a topic from the delivered position on, so there is nothing to catch up with."""
        subscriber.topics[topic] = self.delivered
        if subscriber.live:
            self._live.add(subscriber, topic)

    def unsubscribe(self, subscriber: Subscriber, topic: str) -> None:
        """Remove a topic from a subscriber; do nothing if it does not have it."""
        subscriber.topics.pop(topic, None)
        self._live.remove(subscriber, topic)

    def close(self, subscriber: Subscriber) -> None:
        """Stop publishing to the subscriber, for good."""
        subscriber.closed = True
        self._stop_live(subscriber)

    def _send(self, subscriber: Subscriber, batch: Batch, upto: int) -> None:
        if batch.entries:
            subscriber.sink.push(batch)
        subscriber.position = upto

    def _page(self, topics: Mapping[str, int], after: int) -> tuple[Batch, int]:
        """Return a page of changes and its end; the same batch to all that have missed the same."""
        delivered = self.delivered
        if after >= delivered:
            return Batch([]), after
        # After a restart or an outage many clients reconnect at once, most of them from the same
        # position. One batch is read once, and encoded once, for all of them.
        starts = sorted((topic, max(after, start)) for topic, start in topics.items())
        key = (after, delivered, tuple(starts))
        if key in self._pages:
            return self._pages[key]
        page = self.read(topics, after, PAGE)
        missed = [e.as_seen_from(max(after, topics.get(e.topic, 0))) for e in page.entries]
        made = Batch(missed), page.upto
        # Reading may have waited, and what has been published meanwhile may delete a text.
        if self.delivered == delivered:
            if len(self._pages) >= PAGES_CACHED:
                self._pages.clear()
            self._pages[key] = made
        return made

    def _try_to_go_live(self, subscriber: Subscriber) -> None:
        """Make the subscriber live, unless something has been published while this has waited."""
        with self._turn:
            if subscriber.wants_pages and subscriber.position >= self.delivered:
                subscriber.live = True
                for topic in subscriber.topics:
                    self._live.add(subscriber, topic)

    def _stop_live(self, subscriber: Subscriber) -> None:
        if not subscriber.live:
            return
        subscriber.live = False
        subscriber.position = self.delivered
        for topic in subscriber.topics:
            self._live.remove(subscriber, topic)

    def _publish(self, entries: list[Entry], upto: int) -> None:
        """Publish the entries up to a position; with the turn."""
        if self._reads_wait:
            self._source.before_publishing()
            self._live.prepare(entries)
        self._broadcast(entries)
        self.delivered = upto

    def _broadcast(self, entries: list[Entry]) -> None:
        """Broadcast the entries to the live subscribers. Never switches to another greenlet."""
        self._pages.clear()  # They end at the old position, and may hold a text since deleted.
        for entry in entries:
            self._replay_buffer.add(entry)
        self._live.publish(entries)
