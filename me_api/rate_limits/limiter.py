"""The limiter: the Generic Cell Rate Algorithm (ITU-T I.371).

There is a bucket for each limit and client, stored as one time: when it will be full again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, inf
from time import monotonic
from typing import NoReturn

from me_api.errors import TooManyRequests
from me_api.extensions import app_extension
from me_api.rate_limits.rates import RATE_LIMITS, RateKeys, RateLimit, is_for_senders

SWEEP = 10_000
"""The number of new buckets of a limit after which full ones are deleted."""
MAX_BUCKETS = 50_000
"""Buckets of a limit that a sweep leaves, about; they take 10 MB."""
MAX_PAUSE = 5.0
"""Seconds for which a client that reads too fast is not read, at most."""
TOLERANCE = 1e-6
"""Seconds by which sums of fractions may be wrong."""


class Buckets(dict[str, float]):
    """The buckets of one limit that are not full, by key, each with the time when it will be."""

    def __init__(
        self, name: str, rates: Mapping[str, RateLimit], on_refused: Callable[[str], None]
    ) -> None:
        super().__init__()
        self._name, self._rates, self._on_refused = name, rates, on_refused
        self._sweep_at = SWEEP

    def refuse(self, seconds: float) -> NoReturn:
        """Raise `TooManyRequests` with the seconds to wait."""
        self._on_refused(self._name)
        wait = ceil(seconds)
        raise TooManyRequests(f"Too many: try again in {wait} s.", extra={"retry_after": wait})

    def after_one(self, key: str, now: float) -> float:
        """Return when a bucket will be full after one more request; raise `TooManyRequests`."""
        per_second, burst = self._rates[self._name]
        full_at = max(now, self.get(key, now))
        missing = full_at - now - (burst - 1) / per_second
        if missing > TOLERANCE:
            self.refuse(missing)
        return full_at + 1 / per_second

    def overdraw(self, key: str, now: float, most: float = inf) -> float:
        """Count one request, also without room; return for how many seconds there is none.

        These are at most `most`.
        """
        per_second, burst = self._rates[self._name]
        full_at = max(now, self.get(key, now)) + 1 / per_second
        wait = min(most, full_at - now - burst / per_second)
        self.store(key, now + wait + burst / per_second, now)
        return wait if wait > TOLERANCE else 0

    def store(self, key: str, full_at: float, now: float) -> None:
        """Set when a bucket will be full."""
        self[key] = full_at
        if len(self) > self._sweep_at:
            self._sweep(now)

    def _sweep(self, now: float) -> None:
        """Delete full buckets, which are as good as none, and the fullest if too many are left."""
        moments = sorted(moment for moment in self.values() if moment > now)
        # Addresses and nicks can be invented, but such a bucket is nearly full. Those that are far
        # from it belong to clients that are being refused.
        full_at = moments[-MAX_BUCKETS] if len(moments) > MAX_BUCKETS else now
        for key in [key for key, moment in self.items() if moment <= full_at]:
            del self[key]
        # Not before as many new buckets, so that the cost per request stays constant.
        self._sweep_at = len(self) + SWEEP


class RateLimiter:
    """Enforces the limits for each client, unless they are turned off.

    `rates` replace limits by name; `on_refused` is called with the name of the limit whenever a
    request is refused.
    """

    def __init__(
        self,
        enabled: bool,
        rates: dict[str, RateLimit] | None = None,
        on_refused: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.enabled, self._on_refused = enabled, on_refused
        self._rates = RATE_LIMITS | rates if rates else RATE_LIMITS
        self._buckets = {name: Buckets(name, self._rates, on_refused) for name in RATE_LIMITS}
        self._pairs = {
            name: (self._buckets[name], self._buckets[f"address_{name}"])
            for name in filter(is_for_senders, RATE_LIMITS)
        }

    def check(self, limit: str, keys: RateKeys) -> None:
        """Count one request of a sender; raise `TooManyRequests` with the seconds to wait.

        A request that is refused for the sender or for its address is counted for neither. Never
        waits.
        """
        # If it did, an event could be overtaken on its way to the committer by a later one of the
        # same connection.
        if not self.enabled:
            return
        now = monotonic()
        own, shared = self._pairs[limit]
        own_full_at = own.after_one(keys.sender, now)
        shared.store(keys.address, shared.after_one(keys.address, now), now)
        own.store(keys.sender, own_full_at, now)

    def check_address(self, limit: str, address: str) -> None:
        """Count one request of an address, which is a `network`; raise `TooManyRequests`."""
        if self.enabled:
            now, buckets = monotonic(), self._buckets[limit]
            buckets.store(address, buckets.after_one(address, now), now)

    def refuse(self, limit: str, seconds: float) -> NoReturn:
        """Raise `TooManyRequests` for a request that is one too many somewhere else."""
        self._buckets[limit].refuse(seconds)

    def require(self, limit: str, key: str) -> None:
        """Raise `TooManyRequests` if a bucket is empty; count nothing."""
        if self.enabled:
            self._buckets[limit].after_one(key, monotonic())

    def spend(self, limit: str, key: str) -> None:
        """Count one request, also if the bucket is empty: then it takes longer to fill."""
        if self.enabled:
            self._buckets[limit].overdraw(key, monotonic())

    def pace(self, limit: str, keys: RateKeys) -> float:
        """Count one request, and return for how many seconds its client should not be read."""
        if not self.enabled:
            return 0
        now, (own, shared) = monotonic(), self._pairs[limit]
        wait = own.overdraw(keys.sender, now, MAX_PAUSE)
        all_wait = shared.overdraw(keys.address, now, MAX_PAUSE)
        if wait or all_wait:
            self._on_refused(limit if wait else f"address_{limit}")
        return max(wait, all_wait)

    def rate(self, limit: str) -> RateLimit:
        """Return the rate of a limit that is in force."""
        return self._rates[limit]


rate_limiter: RateLimiter = app_extension("rate_limiter")
