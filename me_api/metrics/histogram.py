"""Counting durations in buckets, cheaply enough for every commit and broadcast."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""The upper bounds of the buckets."""


class Histogram:
    """Durations in seconds. One thread counts them; any other may read meanwhile."""

    # Prometheus' own takes a lock for each, which native threads must not share with the loop.

    __slots__ = ("_counts", "total")

    def __init__(self) -> None:
        self._counts = [0] * (len(SECONDS) + 1)
        self.total = 0.0
        """The sum of all durations."""

    def observe(self, seconds: float) -> None:
        """Add a duration to its bucket."""
        self._counts[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> Iterator[tuple[float, int]]:
        """Yield each bound, and how many durations do not exceed it; the last is infinite."""
        return zip((*SECONDS, float("inf")), accumulate(self._counts), strict=True)
