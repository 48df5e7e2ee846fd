"""Waiting for a change, as a long-poll does."""

from __future__ import annotations

from me_api.concurrency import Flag, Loop, Patience
from me_api.eventlog.entry import Batch
from me_api.eventlog.subscriber import SINGLY, Follower
from me_api.eventlog.tail import Tail


class Waits:
    """Who waits for a change; nobody any longer once the server is about to stop."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._flags: set[Flag] = set()
        self.ended = False

    @property
    def count(self) -> int:
        """How many wait."""
        return len(self._flags)

    def wait(self, tail: Tail, topic: str, position: int, patience: Patience) -> None:
        """Wait with patience until a topic changes after a position."""
        flag = self._loop.flag()
        follower = Follower(_Bell(flag), {topic: position}, position)
        self._flags.add(flag)
        try:
            tail.follow(follower)
            patience.wait(flag)
        finally:
            self._flags.discard(flag)
            tail.close(follower)

    def end(self) -> None:
        """Let nobody wait any longer."""
        self.ended = True
        for flag in tuple(self._flags):
            flag.set()


class _Bell:
    """A receiver that only says that something came."""

    channel = SINGLY

    def __init__(self, flag: Flag) -> None:
        self._flag = flag
        self.member = self

    def fits(self, batch: Batch) -> bool:
        """Take anything."""
        return True

    def push(self, batch: Batch) -> None:
        """Ring."""
        self._flag.set()

    def drained(self) -> bool:
        """Be ready for more at once."""
        return True
