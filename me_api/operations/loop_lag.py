"""Measuring how late the event loop is."""

from __future__ import annotations

from time import monotonic

from me_api.concurrency import Loop
from me_api.metrics.histogram import Histogram

INTERVAL_SECONDS = 0.25


class LoopLag:
    """Measures four times a second how much later than asked a function is called."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.seconds = Histogram()

    def start(self) -> None:
        """Begin to measure, until the process ends."""
        self._schedule()

    def _schedule(self) -> None:
        due = monotonic() + INTERVAL_SECONDS
        self._loop.call_later(INTERVAL_SECONDS, self._measure, due)

    def _measure(self, due: float) -> None:
        self.seconds.observe(max(0.0, monotonic() - due))
        self._schedule()
