"""The live subscribers by topic, to which entries are broadcast."""

from __future__ import annotations

from collections.abc import Collection

from me_api.eventlog.entry import Batch, Entry, feed_of
from me_api.eventlog.subscriber import Subscriber, SubscriberGroup


class LiveSubscribers:
    """The subscribers of each topic that has any."""

    def __init__(self) -> None:
        self._groups: dict[str, SubscriberGroup] = {}

    def __len__(self) -> int:
        """Return how many topics have subscribers."""
        return len(self._groups)

    def add(self, subscriber: Subscriber, topic: str) -> None:
        """Send a subscriber the entries of a topic from now on."""
        self._groups.setdefault(topic, SubscriberGroup()).add(subscriber)

    def remove(self, subscriber: Subscriber, topic: str) -> None:
        """Send a subscriber no more of a topic; do nothing if it is not subscribed to it."""
        group = self._groups.get(topic)
        if group is not None:
            group.discard(subscriber)
            if not group.subscribers:
                del self._groups[topic]

    def prepare(self, entries: list[Entry]) -> None:
        """Prepare each broadcaster for publishing these entries. May wait for reads."""
        for topics, group in self._group_by_topics(entries):
            group.prepare({entry.topic for entry in entries if _matches(entry.topic, topics)})

    def publish(self, entries: list[Entry]) -> None:
        """Broadcast to each subscriber, in one batch, the entries of its topics."""
        for topics, group in self._group_by_topics(entries):
            group.publish(Batch([e for e in entries if _matches(e.topic, topics)]))

    def _group_by_topics(
        self, entries: list[Entry]
    ) -> list[tuple[tuple[str, ...], SubscriberGroup]]:
        """Group the subscribers of these entries by which of the topics they have."""
        changed = {entry.topic for entry in entries}
        topics = tuple((changed | {feed_of(topic) for topic in changed}) & self._groups.keys())
        # The usual case: the group exists already, with its targets, however large it is.
        if len(topics) == 1:
            return [(topics, self._groups[topics[0]])]
        subscribed: dict[Subscriber, tuple[str, ...]] = {}
        for topic in topics:
            for subscriber in self._groups[topic].subscribers:
                subscribed[subscriber] = (*subscribed.get(subscriber, ()), topic)
        groups: dict[tuple[str, ...], list[Subscriber]] = {}
        for subscriber, own_topics in subscribed.items():
            groups.setdefault(own_topics, []).append(subscriber)
        return [(topics, SubscriberGroup(members)) for topics, members in groups.items()]


def _matches(topic: str, topics: Collection[str]) -> bool:
    """Return whether a topic, or its whole feed, is one of these topics."""
    return topic in topics or feed_of(topic) in topics
