"""Who follows the log, and where what it follows goes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

from me_api.eventlog.entry import Batch


class Channel(Protocol):
    """What receivers have in common: it gives a change to them all at once."""

    def hear(self, batch: Batch, members: Collection[Any]) -> None:
        """Queue changes, as they happen, for these members."""


class Receiver(Protocol):
    """Where a follower's changes go; live, it is a member of its channel."""

    @property
    def channel(self) -> Channel:
        """The channel; of as many receivers as possible the same."""

    @property
    def member(self) -> Any:
        """What the channel knows the receiver as."""

    def fits(self, batch: Batch) -> bool:
        """Tell whether these changes, and a few more, can be queued with what waits already."""

    def push(self, batch: Batch) -> None:
        """Queue changes without waiting."""

    def drained(self) -> bool:
        """Wait until what was queued has left; False when it never will."""


class Follower:
    """One reader: the topics it follows, each with the position it begins after.

    While it is paused or behind, `position` tells how far it is; once live, that is the tail's.
    """

    def __init__(self, receiver: Receiver, topics: Mapping[str, int], position: int) -> None:
        self.receiver = receiver
        self.topics = dict(topics)
        self.position = position
        self.live = False
        self.pauses = 0
        self.closed = False


class Audience:
    """Followers that are live, with the members of each channel among them kept together."""

    def __init__(self, followers: Iterable[Follower] = ()) -> None:
        self.followers: set[Follower] = set()
        self._members: dict[Channel, set[Any]] = {}
        for follower in followers:
            self.add(follower)

    def add(self, follower: Follower) -> None:
        """Take a follower in."""
        receiver = follower.receiver
        self.followers.add(follower)
        self._members.setdefault(receiver.channel, set()).add(receiver.member)

    def discard(self, follower: Follower) -> None:
        """Let a follower go."""
        if follower in self.followers:
            receiver = follower.receiver
            self.followers.remove(follower)
            self._members[receiver.channel].remove(receiver.member)

    def hear(self, batch: Batch) -> None:
        """Give changes to all, as they happen."""
        for channel, members in self._members.items():
            channel.hear(batch, members)


class _Singly:
    """The channel of receivers that have nothing in common but to be told by `push`."""

    def hear(self, batch: Batch, members: Collection[Any]) -> None:
        for member in tuple(members):
            member.push(batch)


SINGLY = _Singly()
