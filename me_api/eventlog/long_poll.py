"""Waiting for a change, as a long-poll does."""

from __future__ import annotations

from me_api.concurrency import ClientWait, Event, Loop
from me_api.eventlog.entry import Batch
from me_api.eventlog.subscriber import DIRECT, Subscriber
from me_api.eventlog.tail import Tail


class LongPolls:
    """Who waits for a change; nobody any longer once the server is about to stop."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._events: set[Event] = set()
        self.cancelled = False

    @property
    def count(self) -> int:
        """How many wait."""
        return len(self._events)

    def wait(self, tail: Tail, topic: str, position: int, patience: ClientWait) -> None:
        """Wait with patience until a topic changes after a position."""
        flag = self._loop.event()
        follower = Subscriber(_EventSink(flag), {topic: position}, position)
        self._events.add(flag)
        try:
            tail.start(follower)
            patience.wait(flag)
        finally:
            self._events.discard(flag)
            tail.close(follower)

    def cancel(self) -> None:
        """Let nobody wait any longer."""
        self.cancelled = True
        for flag in tuple(self._events):
            flag.set()


class _EventSink:
    """A receiver that only says that something came."""

    broadcaster = DIRECT

    def __init__(self, flag: Event) -> None:
        self._flag = flag
        self.target = self

    def fits(self, batch: Batch) -> bool:
        """Take anything."""
        return True

    def push(self, batch: Batch) -> None:
        """Ring."""
        self._flag.set()

    def drain(self) -> bool:
        """Be ready for more at once."""
        return True
