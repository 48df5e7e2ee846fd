"""Who follows the log, and where what it follows goes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

from me_api.eventlog.entry import Batch


class Broadcaster(Protocol):
    """What receivers have in common: it gives a change to them all at once."""

    def broadcast(self, batch: Batch, members: Collection[Any]) -> None:
        """Queue changes, as they happen, for these members."""


class Sink(Protocol):
    """Where a follower's changes go; live, it is a member of its channel."""

    @property
    def broadcaster(self) -> Broadcaster:
        """The channel; of as many receivers as possible the same."""

    @property
    def target(self) -> Any:
        """What the channel knows the receiver as."""

    def fits(self, batch: Batch) -> bool:
        """Tell whether these changes, and a few more, can be queued with what waits already."""

    def push(self, batch: Batch) -> None:
        """Queue changes without waiting."""

    def drain(self) -> bool:
        """Wait until what was queued has left; False when it never will."""


class Subscriber:
    """One reader: the topics it follows, each with the position it begins after.

    While it is paused or behind, `position` tells how far it is; once live, that is the tail's.
    """

    def __init__(self, sink: Sink, topics: Mapping[str, int], position: int) -> None:
        self.sink = sink
        self.topics = dict(topics)
        self.position = position
        self.live = False
        self.pauses = 0
        self.closed = False


class SubscriberGroup:
    """Followers that are live, with the members of each channel among them kept together."""

    def __init__(self, followers: Iterable[Subscriber] = ()) -> None:
        self.subscribers: set[Subscriber] = set()
        self._targets: dict[Broadcaster, set[Any]] = {}
        for follower in followers:
            self.add(follower)

    def add(self, follower: Subscriber) -> None:
        """Take a follower in."""
        receiver = follower.sink
        self.subscribers.add(follower)
        self._targets.setdefault(receiver.broadcaster, set()).add(receiver.target)

    def discard(self, follower: Subscriber) -> None:
        """Let a follower go."""
        if follower in self.subscribers:
            receiver = follower.sink
            self.subscribers.remove(follower)
            self._targets[receiver.broadcaster].remove(receiver.target)

    def publish(self, batch: Batch) -> None:
        """Give changes to all, as they happen."""
        for channel, members in self._targets.items():
            channel.broadcast(batch, members)


class _Direct:
    """The channel of receivers that have nothing in common but to be told by `push`."""

    def broadcast(self, batch: Batch, members: Collection[Any]) -> None:
        for member in tuple(members):
            member.push(batch)


DIRECT = _Direct()
