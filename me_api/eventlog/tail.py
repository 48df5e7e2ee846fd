"""The tail: publishes every committed change, in order of rev across topics, to subscribers."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Engine

from me_api.eventlog import position
from me_api.eventlog.committer import Commit
from me_api.eventlog.entry import Batch, Entry, Feed, Page, feed_of, page_of
from me_api.eventlog.feed_reader import FeedReader
from me_api.eventlog.replay_buffer import ReplayBuffer
from me_api.eventlog.subscriber import Subscriber, SubscriberGroup

PAGE = 64
"""The most changes that are read and sent at a time."""
PAGES_CACHED = 64
"""The most pages that are cached for other subscribers that have missed the same changes."""


class Tail:
    """Publishes commits to subscribers; `delivered` is the last position published.

    A subscriber starts behind, and is sent pages until it has caught up. Then it is live, and each
    commit is broadcast to it. `deliver`, `catch_up`, `subscribe`, `unsubscribe`, `pause` and
    `close` do not wait for a subscriber.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = FeedReader(engine)
        with engine.connect() as connection:
            self.delivered, self.epoch = position.read(connection)
        self._replay_buffer = ReplayBuffer(self.delivered)
        self._live: dict[str, SubscriberGroup] = {}
        self._pages: dict[tuple[int, int, tuple[tuple[str, int], ...]], tuple[Batch, int]] = {}

    def add_feed(self, feed: Feed) -> None:
        """Register a feature's feed, from which the tail reads changes that are not in memory."""
        self._reader.add(feed)

    def deliver(self, commit: Commit) -> None:
        """Publish a commit, after what other processes have committed before it."""
        if commit.before > self.delivered:
            self.catch_up(commit.before)
        # A poll may already have read this commit from the database and published it.
        self._publish([entry for entry in commit.entries if entry.rev > self.delivered])
        self.delivered = max(self.delivered, commit.head)

    def catch_up(self, head: int | None = None) -> None:
        """Read what any process has committed since, up to `head`, and publish it.

        By default up to the head that the database has now.
        """
        with self._engine.connect() as connection:
            head = position.read(connection).head if head is None else head
        while self.delivered < head:
            page = self._reader.read_all(self.delivered, head, PAGE)
            self._publish(page.entries)
            self.delivered = page.upto

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
        # What is missed stays in the log until it fits: a slow subscriber costs no memory. Nothing
        # between the last page and `_go_live` waits, so no commit falls between them.
        while not (subscriber.live or subscriber.pauses or subscriber.closed):
            batch, upto = self._page(subscriber.topics, subscriber.position)
            if not subscriber.sink.fits(batch):
                if not subscriber.sink.drain():
                    return
            elif subscriber.position >= self.delivered:
                self._go_live(subscriber)
            else:
                self._send(subscriber, batch, upto)

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
            self._live.setdefault(topic, SubscriberGroup()).add(subscriber)

    def unsubscribe(self, subscriber: Subscriber, topic: str) -> None:
        """Remove a topic from a subscriber; do nothing if it does not have it."""
        subscriber.topics.pop(topic, None)
        self._remove(topic, subscriber)

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
        if after >= self.delivered:
            return Batch([]), after
        # After a restart or an outage many clients reconnect at once, most of them from the same
        # position. One batch is read once, and encoded once, for all of them.
        starts = sorted((topic, max(after, start)) for topic, start in topics.items())
        key = (after, self.delivered, tuple(starts))
        if key not in self._pages:
            page = self.read(topics, after, PAGE)
            missed = [e.as_seen_from(max(after, topics.get(e.topic, 0))) for e in page.entries]
            if len(self._pages) >= PAGES_CACHED:
                self._pages.clear()
            self._pages[key] = (Batch(missed), page.upto)
        return self._pages[key]

    def _go_live(self, subscriber: Subscriber) -> None:
        subscriber.live = True
        for topic in subscriber.topics:
            self._live.setdefault(topic, SubscriberGroup()).add(subscriber)

    def _stop_live(self, subscriber: Subscriber) -> None:
        if not subscriber.live:
            return
        subscriber.live = False
        subscriber.position = self.delivered
        for topic in subscriber.topics:
            self._remove(topic, subscriber)

    def _remove(self, topic: str, subscriber: Subscriber) -> None:
        group = self._live.get(topic)
        if group is not None:
            group.discard(subscriber)
            if not group.subscribers:
                del self._live[topic]

    def _publish(self, entries: list[Entry]) -> None:
        """Broadcast to each live subscriber, in one batch, the entries of its topics."""
        self._pages.clear()  # They end at the old position, and may hold a text since deleted.
        for entry in entries:
            self._replay_buffer.add(entry)
        for topics, group in self._group_by_topics(entries):
            group.publish(Batch([e for e in entries if _matches(e.topic, topics)]))

    def _group_by_topics(
        self, entries: list[Entry]
    ) -> list[tuple[tuple[str, ...], SubscriberGroup]]:
        """Group the live subscribers of these entries by which of the topics they have."""
        changed = {entry.topic for entry in entries}
        topics = tuple((changed | {feed_of(topic) for topic in changed}) & self._live.keys())
        # The usual case: the group exists already, with its targets, however large it is.
        if len(topics) == 1:
            return [(topics, self._live[topics[0]])]
        subscribed: dict[Subscriber, tuple[str, ...]] = {}
        for topic in topics:
            for subscriber in self._live[topic].subscribers:
                subscribed[subscriber] = (*subscribed.get(subscriber, ()), topic)
        groups: dict[tuple[str, ...], list[Subscriber]] = {}
        for subscriber, own_topics in subscribed.items():
            groups.setdefault(own_topics, []).append(subscriber)
        return [(topics, SubscriberGroup(members)) for topics, members in groups.items()]


def _matches(topic: str, topics: Collection[str]) -> bool:
    """Return whether a topic, or its whole feed, is one of these topics."""
    return topic in topics or feed_of(topic) in topics
