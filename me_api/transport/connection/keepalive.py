"""Keepalive: one timer for the pings of all connections, a hashed timing wheel."""

from __future__ import annotations

from collections import defaultdict
from time import monotonic
from typing import Protocol

from eventlet import hubs

from me_api.transport.eventloop import log_exceptions

TICKS = 100
"""Ticks of the wheel in the shorter of interval and timeout: the precision of both."""
MAX_TICK = 0.5
"""Seconds."""


class KeepAliveTarget(Protocol):
    """A connection that is pinged."""

    def ping(self) -> None:
        """Send a ping to the client."""

    def ping_timed_out(self) -> None:
        """React to a pong that was not received in time."""


class PingState:
    """The keepalive state of one connection: when it is due, and whether a pong is awaited."""

    __slots__ = ("awaiting", "due", "target")

    def __init__(self, target: KeepAliveTarget) -> None:
        self.target: KeepAliveTarget | None = target
        self.awaiting = False
        self.due = 0

    def stop(self) -> None:
        self.target = None


class KeepAlive:
    """Pings every connection each `interval` seconds; a pong is due within `timeout` seconds."""

    def __init__(self, interval: float, timeout: float) -> None:
        self._tick = min(interval / TICKS, timeout / TICKS, MAX_TICK)
        self._interval = round(interval / self._tick)
        # One more tick than it takes: a client never has less than the timeout.
        self._timeout = round(timeout / self._tick) + 1
        self._wheel: defaultdict[int, list[PingState]] = defaultdict(list)
        self._last_tick = self._now()
        self._running = False
        self.lateness = 0.0
        """By how many seconds a ping is sent too late, while it is sent."""

    def add(self, target: KeepAliveTarget) -> PingState:
        """Ping a connection from now on; return its state, for `reset` and to stop."""
        state = PingState(target)
        self._schedule(state, self._interval)
        if not self._running:
            self._running = True
            self._last_tick = self._now()
            hubs.get_hub().schedule_call_global(self._tick, self._advance)
        return state

    def reset(self, state: PingState) -> None:
        """Schedule the next ping, since a pong was received or none is needed."""
        if state.awaiting:
            state.awaiting = False
            self._schedule(state, self._interval)

    def _now(self) -> int:
        return int(monotonic() / self._tick)

    def _schedule(self, state: PingState, ticks: int) -> None:
        # An older entry of the wheel is void from now on: its tick is no longer `due`.
        state.due = self._now() + ticks
        self._wheel[state.due].append(state)

    def _advance(self) -> None:
        """Process all ticks that have passed since; stop the timer when the wheel is empty."""
        now = self._now()
        for tick in range(self._last_tick + 1, now + 1):
            for state in self._wheel.pop(tick, ()):
                if state.due == tick:
                    self.lateness = monotonic() - tick * self._tick
                    log_exceptions(self._process, state)
        self._last_tick = now
        self._running = bool(self._wheel)
        if self._running:
            hubs.get_hub().schedule_call_global(self._tick, self._advance)

    def _process(self, state: PingState) -> None:
        if state.target is None:
            return
        if state.awaiting:
            state.target.ping_timed_out()
        else:
            state.awaiting = True
            self._schedule(state, self._timeout)
            state.target.ping()
