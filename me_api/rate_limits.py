"""Rate limits: one place for both doors.

A bucket for each client and rule, by the Generic Cell Rate Algorithm (ITU-T I.371): one moment is
kept, at which the bucket will be full again. It decides at once, as it must: an event that waits
before it reaches the committer would be overtaken by the next one of its connection.
"""

from __future__ import annotations

from math import ceil
from time import monotonic
from typing import NamedTuple

from me_api.errors import TooManyRequests
from me_api.extensions import app_extension


class RateLimit(NamedTuple):
    """So many a second in the long run, and so many at once."""

    per_second: float
    burst: int


POSTS = RateLimit(10, 30)
RATE_LIMITS = {
    "post": POSTS,
    "typing": POSTS,
    "search": POSTS,
    "export": RateLimit(0.2, 10),
    "login": RateLimit(0.5, 30),
    "register": RateLimit(0.5, 30),
}
"""What is limited, for each client: a connection, or a REST client's address."""
SWEEP = 10_000
"""Buckets at which the full ones are forgotten."""


class RateLimiter:
    """Counts what clients do, where limits are on."""

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled
        self._full_at: dict[tuple[str, str], float] = {}
        self._sweep_at = SWEEP

    def check(self, rule: str, client: str) -> None:
        """Count one act of a client; raises `TooManyRequests` with the seconds to wait."""
        if not self._enabled:
            return
        now, (per_second, burst) = monotonic(), RATE_LIMITS[rule]
        full_at = max(now, self._full_at.get((rule, client), now))
        missing = full_at - now - (burst - 1) / per_second
        if missing > 0:
            wait = ceil(missing)
            raise TooManyRequests(f"Too many: try again in {wait} s.", extra={"retry_after": wait})
        self._full_at[rule, client] = full_at + 1 / per_second
        if len(self._full_at) > self._sweep_at:
            self._sweep(now)

    def _sweep(self, now: float) -> None:
        """Forget who has been quiet for long; the next sweep is when as many have come anew."""
        self._full_at = {who: moment for who, moment in self._full_at.items() if moment > now}
        self._sweep_at = len(self._full_at) + SWEEP


rate_limiter: RateLimiter = app_extension("rate_limiter")
