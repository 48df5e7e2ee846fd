"""What a client has received, in order, for tests that wait for it."""

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.support.wait import WAIT_SECONDS


class Event(NamedTuple):
    """One thing that a client received: a server's event, or connect, disconnect, connect_error."""

    name: str
    args: list[Any]


class EventLog:
    """Collects events from another thread and wakes the threads that wait for one."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._events: list[Event] = []
        self._changed = threading.Condition()

    @property
    def events(self) -> list[Event]:
        """Return a copy of everything so far."""
        with self._changed:
            return list(self._events)

    def mark(self) -> int:
        """Return the position of the next event, for `since`."""
        with self._changed:
            return len(self._events)

    def args_of(self, name: str, since: int = 0) -> list[list[Any]]:
        """Return the arguments of every event of this name."""
        return [event.args for event in self.events[since:] if event.name == name]

    def record(self, name: str, args: list[Any]) -> None:
        """Append an event and wake all waiting threads."""
        with self._changed:
            self._events.append(Event(name, args))
            self._changed.notify_all()

    def wait_for(
        self,
        name: str,
        predicate: Callable[..., object] | None = None,
        timeout: float = WAIT_SECONDS,
        since: int = 0,
    ) -> list[Any]:
        """Return the arguments of the first event that fits, also of one that came before.

        The predicate gets the event's arguments. A `since` from `mark()` leaves out older ones.
        """

        def fits(event: Event) -> bool:
            return event.name == name and (predicate is None or bool(predicate(*event.args)))

        def first(events: list[Event]) -> list[Any] | None:
            return next((event.args for event in events[since:] if fits(event)), None)

        args: list[Any] = self.wait_until(first, timeout, name)
        return args

    def wait_until(
        self,
        question: Callable[[list[Event]], Any],
        timeout: float = WAIT_SECONDS,
        what: str = "it",
    ) -> Any:
        """Call `question` with all events at each change until its result is not None or False."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                answer = question(self._events)
                if answer is not None and answer is not False:
                    return answer
                if not self._changed.wait(deadline - time.monotonic()):
                    raise AssertionError(self.missing(what, timeout))

    def missing(self, what: str, timeout: float) -> str:
        """Return the text of a failure: what has not come, and what has come last."""
        last = "\n  ".join(str(event)[:300] for event in self._events[-20:]) or "nothing"
        return f"{self.owner} got no {what} within {timeout} s; the last it got:\n  {last}"
