"""The tail: hands every committed change, in rev order across topics, to who follows them."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from me_api.eventlog import position
from me_api.eventlog.committer import Commit
from me_api.eventlog.entry import Batch, Entry, Feed, Page, feed_of, page_of
from me_api.eventlog.replay_buffer import ReplayBuffer
from me_api.eventlog.subscriber import Subscriber, SubscriberGroup

PAGE = 64
"""Changes read and sent at a time."""
PAGES_CACHED = 64
"""Pages kept for others who miss the same."""


class Tail:
    """Delivers what was committed; `delivered` is the last position handed to followers."""

    def __init__(self, engine: Engine) -> None:
        self.feeds: dict[str, Feed] = {}
        self._engine = engine
        with engine.connect() as connection:
            self.delivered, self.epoch = position.read(connection)
        self._replay_buffer = ReplayBuffer(self.delivered)
        self._live: dict[str, SubscriberGroup] = {}
        self._pages: dict[tuple[int, int, tuple[tuple[str, int], ...]], tuple[Batch, int]] = {}

    def add_feed(self, feed: Feed) -> None:
        """Let the tail read a feature's rows from the database."""
        self.feeds[feed.name] = feed

    def deliver(self, commit: Commit) -> None:
        """Hand on a commit; what another process committed before it comes first, from disk."""
        if commit.before > self.delivered:
            self.catch_up(commit.before)
        self._publish([entry for entry in commit.entries if entry.rev > self.delivered])
        self.delivered = max(self.delivered, commit.head)

    def catch_up(self, head: int | None = None) -> None:
        """Read what was committed after the delivered position, by whomever, and hand it on."""
        with self._engine.connect() as connection:
            head = position.read(connection).head if head is None else head
        while self.delivered < head:
            page = self._read_all(self.delivered, head)
            self._publish(page.entries)
            self.delivered = page.upto

    def read(self, topics: Mapping[str, int], after: int, limit: int) -> Page:
        """Read the topics' changes between `after`, or a topic's own later start, and now."""
        upto = self.delivered
        found = self._replay_buffer.changes(topics, after)
        if found is None:
            found = self._read_topics(topics, after, upto, limit)
        return page_of(found, upto, limit)

    def count(self, topics: Mapping[str, int], after: int, limit: int) -> int:
        """Count the changes that `read` would give, but not beyond `limit`."""
        found = self._replay_buffer.changes(topics, after)
        if found is not None:
            return len(found)
        with self._engine.connect() as connection:
            return sum(
                self._feed(topic).count(connection, topic, max(after, start), self.delivered, limit)
                for topic, start in topics.items()
            )

    def start(self, follower: Subscriber) -> None:
        """Send the follower all it misses, page by page as it drains, then make it live."""
        while not (follower.live or follower.pauses or follower.closed):
            batch, upto = self._page(follower.topics, follower.position)
            if not follower.sink.fits(batch):
                if not follower.sink.drain():
                    return
            elif follower.position >= self.delivered:
                self._go_live(follower)
            else:
                self._send(follower, batch, upto)

    def pause(self, follower: Subscriber) -> None:
        """Hold the follower at the delivered position; it gets nothing until it is resumed."""
        follower.pauses += 1
        self._stop_live(follower)

    def resume(self, follower: Subscriber) -> None:
        """End one pause; with the last one, send what came meanwhile and go on live."""
        follower.pauses -= 1
        self.start(follower)

    def subscribe(self, follower: Subscriber, topic: str) -> None:
        """Follow one more topic, from the delivered position on; there is nothing to wait for."""
        follower.topics[topic] = self.delivered
        if follower.live:
            self._live.setdefault(topic, SubscriberGroup()).add(follower)

    def unsubscribe(self, follower: Subscriber, topic: str) -> None:
        """Stop following one topic."""
        follower.topics.pop(topic, None)
        self._remove(topic, follower)

    def close(self, follower: Subscriber) -> None:
        """Stop following."""
        follower.closed = True
        self._stop_live(follower)

    def _send(self, follower: Subscriber, batch: Batch, upto: int) -> None:
        if batch.entries:
            follower.sink.push(batch)
        follower.position = upto

    def _page(self, topics: Mapping[str, int], after: int) -> tuple[Batch, int]:
        """Read a page; who misses the same as somebody just before gets the same batch."""
        if after >= self.delivered:
            return Batch([]), after
        starts = sorted((topic, max(after, start)) for topic, start in topics.items())
        wanted = (after, self.delivered, tuple(starts))
        if wanted not in self._pages:
            page = self.read(topics, after, PAGE)
            missed = [e.as_seen_from(max(after, topics.get(e.topic, 0))) for e in page.entries]
            if len(self._pages) >= PAGES_CACHED:
                self._pages.clear()
            self._pages[wanted] = (Batch(missed), page.upto)
        return self._pages[wanted]

    def _go_live(self, follower: Subscriber) -> None:
        follower.live = True
        for topic in follower.topics:
            self._live.setdefault(topic, SubscriberGroup()).add(follower)

    def _stop_live(self, follower: Subscriber) -> None:
        if not follower.live:
            return
        follower.live = False
        follower.position = self.delivered
        for topic in follower.topics:
            self._remove(topic, follower)

    def _remove(self, topic: str, follower: Subscriber) -> None:
        audience = self._live.get(topic)
        if audience is not None:
            audience.discard(follower)
            if not audience.subscribers:
                del self._live[topic]

    def _publish(self, entries: list[Entry]) -> None:
        """Push to each live follower, in one batch, what it follows of these."""
        self._pages.clear()
        for entry in entries:
            self._replay_buffer.add(entry)
        for topics, audience in self._group_by_topics(entries):
            audience.publish(Batch([e for e in entries if _is_of(e.topic, topics)]))

    def _group_by_topics(
        self, entries: list[Entry]
    ) -> list[tuple[tuple[str, ...], SubscriberGroup]]:
        """Group who follows these entries by the topics among them that they follow."""
        changed = {entry.topic for entry in entries}
        topics = tuple((changed | {feed_of(topic) for topic in changed}) & self._live.keys())
        if len(topics) == 1:
            return [(topics, self._live[topics[0]])]
        followed: dict[Subscriber, tuple[str, ...]] = {}
        for topic in topics:
            for follower in self._live[topic].subscribers:
                followed[follower] = (*followed.get(follower, ()), topic)
        groups: dict[tuple[str, ...], list[Subscriber]] = {}
        for follower, theirs in followed.items():
            groups.setdefault(theirs, []).append(follower)
        return [(topics, SubscriberGroup(followers)) for topics, followers in groups.items()]

    def _read_topics(
        self, topics: Mapping[str, int], after: int, upto: int, limit: int
    ) -> list[Entry]:
        with self._engine.connect() as connection:
            found = [
                self._changes(connection, topic, max(after, start), upto, limit + 1)
                for topic, start in topics.items()
            ]
        return list(heapq.merge(*found, key=lambda entry: entry.rev))

    def _changes(
        self, connection: Connection, topic: str, after: int, upto: int, limit: int
    ) -> list[Entry]:
        feed = self._feed(topic)
        one = None if topic == feed.name else topic
        return feed.changes(connection, one, after, upto, limit)

    def _feed(self, topic: str) -> Feed:
        return self.feeds[feed_of(topic)]

    def _read_all(self, after: int, upto: int) -> Page:
        with self._engine.connect() as connection:
            found = [
                feed.changes(connection, None, after, upto, PAGE + 1)
                for feed in self.feeds.values()
            ]
        return page_of(list(heapq.merge(*found, key=lambda entry: entry.rev)), upto, PAGE)


def _is_of(topic: str, followed: Collection[str]) -> bool:
    """Tell whether a topic is among those that are followed, or its whole feed is."""
    return topic in followed or feed_of(topic) in followed
