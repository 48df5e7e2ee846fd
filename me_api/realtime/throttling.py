"""Reading more slowly from clients that request too much, or cause one error after another.

An error costs as much as what is accepted. So a flood of what is refused, such as posts over the
rate limit, would keep the server from its other clients.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Protocol

from me_api.errors import ApiError, TooManyRequests
from me_api.rate_limits import RateKeys, rate_limiter

PAUSE = 1.0
"""Seconds for which a client is not read after each of its errors, once there are too many."""


class Throttled(Protocol):
    """A connection that can be read more slowly."""

    def throttle(self, seconds: float) -> None:
        """Read nothing from the client for so long."""


def pace(connection: Throttled, limit: str, keys: RateKeys) -> None:
    """Count what is never refused, and pause reading from a client that is over the limit."""
    if seconds := rate_limiter.pace(limit, keys):
        connection.throttle(seconds)


def throttle(connection: Throttled, keys: RateKeys, error: ApiError) -> None:
    """Count an error that a client has caused, and pause reading if there have been too many."""
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return
    try:
        rate_limiter.check("refusal", keys)
    except TooManyRequests:
        connection.throttle(PAUSE)
