"""Turns: the events of one connection run in the order of arrival up to where they wait.

Each event has a greenlet of its own. Its starter goes on only when the event has ended or first
waits, for the disk or for anything else; so `join` then `leave` reach the committer in that order,
while one that waits for the disk holds up nobody.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from eventlet import hubs
from eventlet.green.threading import Event
from greenlet import getcurrent, greenlet

from me_api.transport.loop import guarded

IN_FLIGHT = 256
"""Events of one connection that may wait; with more it is not read until some are answered."""


class Turn(greenlet):
    """A greenlet that gives the turn back to its starter when it first waits."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(lambda *args: guarded(function, *args))
        self._starter: Any = getcurrent()

    def switch_out(self) -> None:
        """Let the starter go on; eventlet's hub calls this on a greenlet about to wait."""
        starter, self._starter = self._starter, None
        if starter is not None:
            hubs.get_hub().schedule_call_global(0, starter.switch)


def in_turn(function: Callable[..., Any], *args: Any) -> None:
    """Run a function; return when it has ended or first waits."""
    Turn(function).switch(*args)


class Lane:
    """The events of one connection, in order, held back until it is open."""

    def __init__(self) -> None:
        self._held: deque[tuple[Callable[..., Any], tuple[Any, ...]]] | None = deque()
        self._running = 0
        self._room = Event()
        self.closed = False

    def run(self, function: Callable[..., Any], *args: Any) -> None:
        """Run an event in its turn; wait first where too many are in flight."""
        while self._in_flight() >= IN_FLIGHT and not self.closed:
            self._room.clear()
            self._room.wait()
        if self._held is not None:
            self._held.append((function, args))
        elif not self.closed:
            self._start(function, args)

    def open(self) -> None:
        """Run what was held back, and all that comes from now on at once."""
        while self._held:
            self._start(*self._held.popleft())
        self._held = None

    def close(self) -> None:
        """Drop what has not begun."""
        self.closed = True
        self._held = None
        self._room.set()

    def _in_flight(self) -> int:
        return self._running + len(self._held or ())

    def _start(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self._running += 1
        in_turn(self._finish, function, args)

    def _finish(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            function(*args)
        finally:
            self._running -= 1
            self._room.set()
