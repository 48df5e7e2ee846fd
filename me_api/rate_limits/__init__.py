"""Rate limits for REST, Socket.IO and WebSocket."""

from __future__ import annotations

from me_api.rate_limits.limiter import RateLimiter, rate_limiter
from me_api.rate_limits.rates import (
    POSTS,
    RATE_LIMITS,
    RateKeys,
    RateLimit,
    is_for_senders,
    read_rates,
)

__all__ = ["POSTS", "RATE_LIMITS", "RateKeys", "RateLimit", "RateLimiter"]
__all__ += ["is_for_senders", "rate_limiter", "read_rates"]
