"""Rate limits: one place for both doors.

A bucket for each client and rule, by the Generic Cell Rate Algorithm (ITU-T I.371): one moment is
kept, at which the bucket will be full again. It decides at once, as it must: an event that waits
before it reaches the committer would be overtaken by the next one of its connection.
"""

from __future__ import annotations

from math import ceil
from time import monotonic
from typing import NamedTuple, cast

from flask import current_app
from werkzeug.local import LocalProxy

from me_api.errors import TooManyRequests


class Rule(NamedTuple):
    """So many a second in the long run, and so many at once."""

    per_second: float
    burst: int


POSTS = Rule(10, 30)
RULES = {
    "post": POSTS,
    "typing": POSTS,
    "search": POSTS,
    "export": Rule(0.2, 10),
    "login": Rule(0.5, 30),
    "register": Rule(0.5, 30),
}
"""What is limited, for each client: a connection, or a REST client's address."""
SWEEP = 10_000
"""Buckets at which the full ones are forgotten."""


class Limits:
    """Counts what clients do, where limits are on."""

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled
        self._full_at: dict[tuple[str, str], float] = {}
        self._sweep_at = SWEEP

    def check(self, rule: str, client: str) -> None:
        """Count one act of a client; raises `TooManyRequests` with the seconds to wait."""
        if not self._enabled:
            return
        now, (per_second, burst) = monotonic(), RULES[rule]
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


limits = cast(Limits, LocalProxy(lambda: current_app.extensions["limits"]))
