"""How long to wait before the next attempt to reach a server."""

from __future__ import annotations

from random import uniform
from time import monotonic

FIRST = 0.25
"""Seconds before the first attempt."""
LONGEST = 5.0
STABLE = 3.0
"""Seconds for which a connection lasts that is not lost at once each time."""


class Backoff:
    """Doubles the pause with each attempt, up to `LONGEST` seconds, until a connection lasts."""

    def __init__(self) -> None:
        self._pause = FIRST
        self._opened: float | None = None

    def opened(self) -> None:
        """Note that there is a connection."""
        self._opened = monotonic()

    def next(self, at_least: float | None = None) -> float:
        """Return how many seconds to wait: what the server asked for, or the next pause."""
        if self._opened is not None and monotonic() - self._opened >= STABLE:
            self._pause = FIRST
        self._opened = None
        pause = uniform(0.75, 1.25) * self._pause
        self._pause = min(2 * self._pause, LONGEST)
        return max(pause, at_least or 0)
