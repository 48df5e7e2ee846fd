"""Subscribers of the log, and the sinks that their changes are pushed to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

from me_api.eventlog.entry import Batch


class Broadcaster(Protocol):
    """What many sinks share: it sends the same changes to all of its targets at once."""

    def prepare(self, topics: Collection[str]) -> None:
        """Read what the next broadcast of changes of these topics needs, if reading may wait."""

    def broadcast(self, batch: Batch, targets: Collection[Any]) -> None:
        """Queue changes for these targets, without waiting for any of them."""


class Sink(Protocol):
    """Where a subscriber's changes go.

    While the subscriber catches up, changes are pushed to the sink. When it is live, they are
    broadcast to the sink's target.
    """

    @property
    def broadcaster(self) -> Broadcaster:
        """The broadcaster, which as many sinks as possible share."""

    @property
    def target(self) -> Any:
        """What the broadcaster sends to for this sink."""

    def fits(self, batch: Batch) -> bool:
        """Return whether there is room for these changes, and some more, beside what is queued."""

    def push(self, batch: Batch) -> None:
        """Queue changes for this sink alone. Never blocks."""

    def drain(self) -> bool:
        """Wait until what is queued has been sent; return False if it never will be."""


class Subscriber:
    """One reader of the log: its topics, each with the position after which it starts.

    `position` is how far the subscriber has read while it is paused or catching up; once it is
    live, that is the tail's delivered position.
    """

    __slots__ = ("closed", "live", "pauses", "position", "sink", "topics")

    def __init__(self, sink: Sink, topics: Mapping[str, int], position: int) -> None:
        self.sink = sink
        self.topics = dict(topics)
        self.position = position
        self.live = False
        self.pauses = 0
        self.closed = False

    @property
    def wants_pages(self) -> bool:
        """Whether it is to be sent what it has missed."""
        return not (self.live or self.pauses or self.closed)

    def is_at(self, topics: Mapping[str, int], position: int) -> bool:
        """Return whether it still wants the page of these topics after this position."""
        return self.wants_pages and (self.position, self.topics) == (position, topics)


class SubscriberGroup:
    """Live subscribers, with their targets grouped by broadcaster."""

    def __init__(self, subscribers: Iterable[Subscriber] = ()) -> None:
        self.subscribers: set[Subscriber] = set()
        self._targets: dict[Broadcaster, set[Any]] = {}
        for subscriber in subscribers:
            self.add(subscriber)

    def add(self, subscriber: Subscriber) -> None:
        """Add a subscriber, and its target to its broadcaster's."""
        sink = subscriber.sink
        self.subscribers.add(subscriber)
        self._targets.setdefault(sink.broadcaster, set()).add(sink.target)

    def discard(self, subscriber: Subscriber) -> None:
        """Remove a subscriber, if it is in the group."""
        if subscriber in self.subscribers:
            sink = subscriber.sink
            self.subscribers.remove(subscriber)
            targets = self._targets[sink.broadcaster]
            targets.remove(sink.target)
            # Some subscribers have a broadcaster of their own.
            if not targets:
                del self._targets[sink.broadcaster]

    def prepare(self, topics: Collection[str]) -> None:
        """Read what the broadcasters need; subscribers may be removed meanwhile."""
        for broadcaster in tuple(self._targets):
            broadcaster.prepare(topics)

    def publish(self, batch: Batch) -> None:
        """Broadcast changes to all subscribers."""
        # A copy: a broadcast may remove the last target of its broadcaster.
        for broadcaster, targets in tuple(self._targets.items()):
            if targets:
                broadcaster.broadcast(batch, targets)


class _OneByOne:
    """The broadcaster of sinks that share nothing: each is pushed to by itself."""

    def prepare(self, topics: Collection[str]) -> None:
        pass

    def broadcast(self, batch: Batch, targets: Collection[Any]) -> None:
        # A copy: a push may remove its target from the group.
        for target in tuple(targets):
            target.push(batch)


ONE_BY_ONE = _OneByOne()
