"""Running the events of a connection in order, each until it gives its turn away.

Each event runs in a greenlet of its own, or in that of one before it that has not waited. Its
starter continues when the event has finished or first waits, for the disk or for anything else but
a database read. So `join` followed by `leave` reaches the committer in that order, while an event
that waits for the disk blocks no other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any, Protocol

from eventlet import hubs
from greenlet import getcurrent, greenlet

from me_api.transport.eventloop import log_exceptions


class InFlightCounter(Protocol):
    """Counts the events of a connection that have not been answered."""

    in_flight: int

    def event_done(self) -> None:
        """Count an event as answered."""


class HandlerGreenlet(greenlet):
    """A greenlet that returns control to its starter when it first waits.

    While it waits for a database read it keeps its turn: the starter does not continue, and no
    other event of its `queue` begins or goes on.
    """

    # Of the class: few events ever wait for a read.
    _holds = _has_held = _holds_queue = _has_waited = False

    def __init__(self, context: Context | None = None, queue: EventQueue | None = None) -> None:
        super().__init__()
        hub = hubs.get_hub().greenlet
        starter = getcurrent()
        # If it is started in the hub, control returns there anyway: waiting switches to the hub.
        self._starter: Any = None if starter is hub else starter
        self._queue = queue
        self.gr_context = context

    def run(self, function: Callable[..., Any] | None, args: tuple[Any, ...]) -> None:
        """Run the function, and log what it raises. Called by `switch`."""
        while function is not None:
            try:
                log_exceptions(function, *args)
            finally:
                if self._has_held:
                    if not self._has_waited:
                        # It returns to its starter by itself, and would resume it twice. One that
                        # has waited returns to the hub.
                        self._starter = None
                    self._give_turn()
            if self._has_waited or self._has_held or self._starter is not None:
                return
            # It refers to nothing of the event, which may be the last one of its client.
            self._queue = self.gr_context = function = None
            args = ()
            _spare[:] = (self,)
            function, args = self.parent.switch()

    def reuse(self, context: Context, queue: EventQueue | None) -> None:
        """Prepare for another event, which begins with `switch`."""
        self.gr_context, self._queue = context, queue

    def hold_turn(self, holds: bool) -> bool:
        """Keep the turn while waiting, or no longer; return whether that was so before."""
        before, self._holds = self._holds, holds
        if holds:
            self._has_held = True
            if self._queue is not None and not self._holds_queue:
                self._holds_queue = True
                self._queue.hold()
        return before

    def take_turn(self) -> None:
        """Go on after a wait for which the turn was given away, when no other event has it."""
        if self._queue is not None and self._queue.busy and not self._holds_queue:
            self._queue.wait_for_turn(self)

    def switch_out(self) -> None:
        """End the turn. Called by eventlet's hub on a greenlet that is about to wait."""
        self._has_waited = True
        if not self._holds:
            self._give_turn()

    def _give_turn(self) -> None:
        starter, self._starter = self._starter, None
        if starter is not None:
            hubs.get_hub().schedule_call_global(0, starter.switch)
        if self._holds_queue and self._queue is not None:
            self._holds_queue = False
            self._queue.release()


_spare: list[HandlerGreenlet] = []
"""The last that the hub has started and that did not wait: most need not be made anew."""


def run_until_first_wait(
    context: Context, function: Callable[..., Any], *args: Any, queue: EventQueue | None = None
) -> None:
    """Run a function in a copy of a context; return when it has finished or first waits."""
    if _spare and _spare[0].parent is getcurrent():
        handler = _spare.pop()
        handler.reuse(context.copy(), queue)
    else:
        handler = HandlerGreenlet(context.copy(), queue)
    handler.switch(function, args)


class EventQueue:
    """The events of one client in one namespace, in order, held back until the queue is opened."""

    __slots__ = ("_context", "_counter", "_held", "_reading", "_waiting", "closed")

    def __init__(self, counter: InFlightCounter, context: Context) -> None:
        self._counter = counter
        self._context = context
        self._held: deque[tuple[Callable[..., Any], tuple[Any, ...]]] | None = deque()
        self._reading = 0
        """How many events keep their turn, until others go on: usually one at most."""
        # Not a deque: an empty one takes 700 bytes more, for every client.
        self._waiting: list[Callable[[], Any]] = []
        self.closed = False

    @property
    def busy(self) -> bool:
        """Whether an event keeps its turn, or others wait to go on."""
        return bool(self._reading or self._waiting)

    @property
    def opened(self) -> bool:
        """Whether events run as they arrive."""
        return self._held is None

    def run(self, function: Callable[..., Any], *args: Any) -> None:
        """Run an event, or hold it back. Does nothing once the queue is closed."""
        if self.closed:
            return
        self._counter.in_flight += 1
        if self._held is not None:
            self._held.append((function, args))
        else:
            self._start(function, args)

    def open(self) -> None:
        """Run the events that were held back, and later ones as they arrive."""
        while self._held and not self.busy:
            self._start(*self._held.popleft())
        if not self.busy:
            self._held = None

    def hold(self) -> None:
        """Hold all other events back: one that has begun keeps its turn."""
        self._reading += 1
        if self._held is None:
            self._held = deque()

    def release(self) -> None:
        """Run the events that were held back meanwhile, soon."""
        # Busy until then: a client that leaves before has sent them all the same.
        hubs.get_hub().schedule_call_global(0, self._resume)

    def wait_for_turn(self, event: HandlerGreenlet) -> None:
        """Wait until the events before this one have given their turn away; in its greenlet."""
        self._waiting.append(event.switch)
        hubs.get_hub().switch()

    def call_in_turn(self, function: Callable[[], None]) -> None:
        """Call a function now, or when the events before it have given their turn away.

        For what ends an event that has no greenlet. Runs in the hub, and must not wait.
        """
        if self.busy:
            self._waiting.append(function)
        else:
            function()

    def _resume(self) -> None:
        """Resume the events that wait, then begin those that were held back. Runs in the hub."""
        self._reading -= 1
        while self._waiting and not self._reading:
            self._waiting.pop(0)()
        self.open()

    def finish(self, function: Callable[..., Any], *args: Any) -> None:
        """Accept no more events, and run a function after those that an event keeps waiting."""
        if self.busy and not self.closed:
            self.run(function, *args)
            self.closed = True
        else:
            self.close()
            function(*args)

    def close(self) -> None:
        """Accept no more events, and drop those that have not started."""
        self.closed = True
        dropped, self._held = self._held or (), None
        for _ in dropped:
            self._counter.event_done()

    def _start(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        run_until_first_wait(self._context, self._finish, function, args, queue=self)

    def _finish(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            function(*args)
        finally:
            self._counter.event_done()
