"""Rate limits: one place for both doors."""

from __future__ import annotations

from math import ceil
from time import time
from typing import cast

from flask import current_app
from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.local import LocalProxy

from me_api.errors import TooManyRequests

POSTS_PER_SECOND = 10
POSTS_BURST = 30

RULES: dict[str, RateLimitItem] = {
    "post": RateLimitItemPerSecond(POSTS_BURST, POSTS_BURST // POSTS_PER_SECOND),
    "typing": RateLimitItemPerSecond(POSTS_BURST, POSTS_BURST // POSTS_PER_SECOND),
    "login": RateLimitItemPerMinute(30),
    "register": RateLimitItemPerMinute(30),
}
"""What is limited: to how much in how long, for each client."""


class Limits:
    """Counts what clients do, where limits are on."""

    def __init__(self, enabled: bool) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage()) if enabled else None

    def check(self, rule: str, client: str) -> None:
        """Count one act of a client; raises `TooManyRequests` with the seconds to wait."""
        if self._limiter is None or self._limiter.hit(RULES[rule], rule, client):
            return
        # The window says when its oldest act leaves it.
        reset, _ = self._limiter.get_window_stats(RULES[rule], rule, client)
        wait = max(1, ceil(reset - time()))
        raise TooManyRequests(f"Too many: try again in {wait} s.", extra={"retry_after": wait})


limits = cast(Limits, LocalProxy(lambda: current_app.extensions["limits"]))
