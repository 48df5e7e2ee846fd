"""Rate limits for REST, Socket.IO and WebSocket.

What a client writes is counted twice: for its sender, and for its address.
"""

from me_api.rate_limits.limiter import RateLimiter, rate_limiter
from me_api.rate_limits.rates import (
    POSTS,
    RATE_LIMITS,
    RateKeys,
    RateLimit,
    is_for_senders,
    read_rates,
)

__all__ = [
    "POSTS",
    "RATE_LIMITS",
    "RateKeys",
    "RateLimit",
    "RateLimiter",
    "is_for_senders",
    "rate_limiter",
    "read_rates",
]
