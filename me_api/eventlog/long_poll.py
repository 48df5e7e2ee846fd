"""Long-polls: requests that wait until a topic changes."""

from __future__ import annotations

from me_api.concurrency import ClientWait, Event, Loop
from me_api.eventlog.entry import Batch
from me_api.eventlog.subscriber import ONE_BY_ONE, Subscriber
from me_api.eventlog.tail import Tail


class LongPolls:
    """All requests that wait for a change; after `cancel` none can wait any more."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._events: set[Event] = set()
        self.cancelled = False

    @property
    def count(self) -> int:
        """The number of requests that wait."""
        return len(self._events)

    def wait(self, tail: Tail, topic: str, position: int, client_wait: ClientWait) -> None:
        """Wait until the topic changes after the position, or until the client's wait ends."""
        event = self._loop.event()
        subscriber = Subscriber(_EventSink(event), {topic: position}, position)
        self._events.add(event)
        try:
            # `start` sets the event at once if something was committed since the page was read.
            tail.start(subscriber)
            client_wait.wait(event)
        finally:
            self._events.discard(event)
            tail.close(subscriber)

    def cancel(self) -> None:
        """Wake all requests that wait, for good."""
        self.cancelled = True
        # A copy: the requests that wake remove their events from the set.
        for event in tuple(self._events):
            event.set()


class _EventSink:
    """A sink that sets an event and discards the entries, which the request reads itself."""

    broadcaster = ONE_BY_ONE

    def __init__(self, event: Event) -> None:
        self._event = event
        self.target = self

    def fits(self, batch: Batch) -> bool:
        return True

    def push(self, batch: Batch) -> None:
        self._event.set()

    def drain(self) -> bool:
        return True
