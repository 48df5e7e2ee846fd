"""Rate limits for REST, Socket.IO and WebSocket, by the Generic Cell Rate Algorithm.

There is a bucket for each client and rule, stored as one time: when it will be full again (ITU-T
I.371).
"""

from __future__ import annotations

from math import ceil
from time import monotonic
from typing import NamedTuple

from me_api.errors import TooManyRequests
from me_api.extensions import app_extension


class RateLimit(NamedTuple):
    """The sustained rate per second, and the largest burst."""

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
"""The limits by name, for each client: a connection, or the IP address of a REST client."""
SWEEP = 10_000
"""The number of new buckets after which full ones are deleted."""


class RateLimiter:
    """Enforces the limits for each client, unless they are turned off."""

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled
        self._full_at: dict[tuple[str, str], float] = {}
        self._sweep_at = SWEEP

    def check(self, rule: str, client: str) -> None:
        """Count one request of a client; raise `TooManyRequests` with the seconds to wait.

        Never waits.
        """
        # If it did, an event could be overtaken on its way to the committer by a later one of the
        # same connection.
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
        """Delete full buckets, which are as good as none."""
        self._full_at = {key: moment for key, moment in self._full_at.items() if moment > now}
        # Not before as many new buckets, so that the cost per request stays constant.
        self._sweep_at = len(self._full_at) + SWEEP


rate_limiter: RateLimiter = app_extension("rate_limiter")
