"""One timer for the pings of all connections: a wheel of the moments at which one is due."""

from __future__ import annotations

from collections import defaultdict
from time import monotonic
from typing import Protocol

from eventlet import hubs

from me_api.transport.eventloop import log_exceptions

TICKS = 20
"""Turns of the wheel in the shorter of interval and timeout: the precision of both."""
TICK_MAX = 0.5
"""Longest turn, in seconds."""


class KeepAliveTarget(Protocol):
    """A connection that is pinged."""

    def ping(self) -> None:
        """Send a ping."""

    def ping_timed_out(self) -> None:
        """End the connection: it has not answered."""


class PingState:
    """How it stands with one connection's pings."""

    __slots__ = ("awaiting", "due", "target")

    def __init__(self, pinged: KeepAliveTarget) -> None:
        self.target: KeepAliveTarget | None = pinged
        self.awaiting = False
        self.due = 0

    def stop(self) -> None:
        """Ping no more."""
        self.target = None


class KeepAlive:
    """Pings every connection each `interval` seconds; ends one silent for `timeout` seconds."""

    def __init__(self, interval: float, timeout: float) -> None:
        self._tick = min(interval / TICKS, timeout / TICKS, TICK_MAX)
        self._interval = round(interval / self._tick)
        self._timeout = round(timeout / self._tick) + 1
        self._wheel: defaultdict[int, list[PingState]] = defaultdict(list)
        self._turned = self._now()
        self._running = False

    def add(self, pinged: KeepAliveTarget) -> PingState:
        """Ping a connection from now on."""
        watch = PingState(pinged)
        self._plan(watch, self._interval)
        if not self._running:
            self._running = True
            self._turned = self._now()
            hubs.get_hub().schedule_call_global(self._tick, self._turn)
        return watch

    def pong(self, watch: PingState) -> None:
        """Note that a connection has answered."""
        if watch.awaiting:
            watch.awaiting = False
            self._plan(watch, self._interval)

    def _now(self) -> int:
        return int(monotonic() / self._tick)

    def _plan(self, watch: PingState, ticks: int) -> None:
        """Look at it again then; what was planned before is void."""
        watch.due = self._now() + ticks
        self._wheel[watch.due].append(watch)

    def _turn(self) -> None:
        """Look at all that is due by now; the wheel stops when nothing is planned."""
        now = self._now()
        for moment in range(self._turned + 1, now + 1):
            for watch in self._wheel.pop(moment, ()):
                if watch.due == moment:
                    log_exceptions(self._look_at, watch)
        self._turned = now
        self._running = bool(self._wheel)
        if self._running:
            hubs.get_hub().schedule_call_global(self._tick, self._turn)

    def _look_at(self, watch: PingState) -> None:
        if watch.target is None:
            return
        if watch.awaiting:
            watch.target.ping_timed_out()
        else:
            watch.awaiting = True
            self._plan(watch, self._timeout)
            watch.target.ping()
