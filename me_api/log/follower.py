"""Who follows the log, and where what it follows goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from me_api.log.entry import Batch


class Receiver(Protocol):
    """Where a follower's changes go."""

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
