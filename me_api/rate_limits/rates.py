"""The rates by name, and those that `ME_API_RATES` sets in their place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from me_api.config import ConfigError


class RateLimit(NamedTuple):
    """The sustained rate per second, and the largest burst."""

    per_second: float
    burst: int


class RateKeys(NamedTuple):
    """The buckets in which a request is counted: that of its sender, and that of its address."""

    sender: str
    address: str


POSTS = RateLimit(10, 30)
RATE_LIMITS = {
    # For each sender.
    "post": POSTS,
    "typing": POSTS,
    "join": RateLimit(10, 100),
    "search": POSTS,
    "export": RateLimit(0.2, 10),
    "room": RateLimit(0.1, 30),
    "token": RateLimit(0.1, 30),
    "refusal": RateLimit(100, 2000),
    "read": RateLimit(20, 200),
    "echo": RateLimit(1000, 10_000),
    # For all senders of an address together: enough for a school of 300 behind one address. At its
    # busiest that writes 30 to 60 messages a second, and greets all at once. The bursts of what a
    # restarted server gets are larger: thousands of clients reconnect in the same second.
    "address_post": RateLimit(60, 600),
    "address_typing": RateLimit(150, 1500),
    "address_join": RateLimit(100, 10_000),
    "address_search": RateLimit(20, 300),
    "address_export": RateLimit(0.5, 50),
    "address_room": RateLimit(0.5, 60),
    "address_token": RateLimit(0.5, 60),
    "address_refusal": RateLimit(500, 10_000),
    "address_read": RateLimit(200, 3000),
    "address_echo": RateLimit(2000, 20_000),
    # For each address alone: the sender is not known yet.
    "open": RateLimit(50, 10_000),
    "connect": RateLimit(50, 10_000),
    "login": RateLimit(5, 300),
    "failed_login": RateLimit(0.5, 30),
    "register": RateLimit(0.5, 30),
    "reset": RateLimit(0.1, 30),
    # For each email, whether there is an account or not.
    "reset_mail": RateLimit(1 / 300, 3),
}
"""The default limits by name; those of `ME_API_RATES` take precedence."""
_RATE = re.compile(r"(\w{1,80})=(\d{1,9}(?:\.\d{1,9})?)/(\d{1,9})", re.ASCII)


def is_for_senders(limit: str) -> bool:
    """Return whether a limit is counted for the sender and the address, not the address alone."""
    return f"address_{limit}" in RATE_LIMITS


def read_rates(words: Iterable[str]) -> dict[str, RateLimit]:
    """Read rates such as `post=10/30`, by name; raise `ConfigError`."""
    rates = {}
    for word in words:
        match = _RATE.fullmatch(word)
        if match is None or not float(match[2]) or not int(match[3]):
            raise ConfigError(f"ME_API_RATES: {word[:80]!r} is not written like post=10/30.")
        if match[1] not in RATE_LIMITS:
            known = ", ".join(RATE_LIMITS)
            raise ConfigError(f"ME_API_RATES: there is no rate {match[1]!r}, only {known}.")
        rates[match[1]] = RateLimit(float(match[2]), int(match[3]))
    return rates
