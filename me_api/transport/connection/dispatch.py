"""Running the events of a connection in order, each until it first waits.

Each event runs in a greenlet of its own. Its starter continues when the event has finished or first
waits, for the disk or for anything else. So `join` followed by `leave` reaches the committer in
that order, while an event that waits for the disk blocks no other.
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
    """A greenlet that returns control to its starter when it first waits."""

    def __init__(self, function: Callable[..., Any], context: Context | None = None) -> None:
        super().__init__(function)
        hub = hubs.get_hub().greenlet
        starter = getcurrent()
        # If it is started in the hub, control returns there anyway: waiting switches to the hub.
        self._starter: Any = None if starter is hub else starter
        self.gr_context = context

    def switch_out(self) -> None:
        """Schedule the starter. Called by eventlet's hub on a greenlet that is about to wait."""
        starter, self._starter = self._starter, None
        if starter is not None:
            hubs.get_hub().schedule_call_global(0, starter.switch)


def run_until_first_wait(context: Context, function: Callable[..., Any], *args: Any) -> None:
    """Run a function in a copy of a context; return when it has finished or first waits."""
    HandlerGreenlet(log_exceptions, context.copy()).switch(function, *args)


class EventQueue:
    """The events of one client in one namespace, in order, held back until the queue is opened."""

    def __init__(self, counter: InFlightCounter, context: Context) -> None:
        self._counter = counter
        self._context = context
        self._held: deque[tuple[Callable[..., Any], tuple[Any, ...]]] | None = deque()
        self.closed = False

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
        while self._held:
            self._start(*self._held.popleft())
        self._held = None

    def close(self) -> None:
        """Drop the events that have not started."""
        self.closed = True
        dropped, self._held = self._held or (), None
        for _ in dropped:
            self._counter.event_done()

    def _start(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        run_until_first_wait(self._context, self._finish, function, args)

    def _finish(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            function(*args)
        finally:
            self._counter.event_done()
