"""Which addresses may open one more connection: Engine.IO session, WebSocket or stream."""

from __future__ import annotations

import resource
from collections.abc import Callable

from me_api.errors import TooManyRequests
from me_api.extensions import app_extension
from me_api.rate_limits import RateLimiter
from me_api.transport import AddressSlots, network

RETRY_SECONDS = 5
"""When a client may try again whose address holds too many connections."""


class Admission:
    """Limits how fast an address opens connections, and how many it holds.

    A `limit` of 0 is half of the files that the process may open, so that one address cannot use
    up all of them.
    """

    def __init__(
        self,
        rate_limiter: RateLimiter,
        addresses: AddressSlots,
        limit: int,
        on_refused: Callable[[str], None],
    ) -> None:
        self._rate_limiter = rate_limiter
        self._addresses = addresses
        self._limit = limit
        self._on_refused = on_refused

    def check(self, address: str | None) -> None:
        """Count a new connection of an address; raise `TooManyRequests` if it is one too many."""
        key = network(address)
        # Not before: the server raises its limit when it starts to serve.
        self._limit = self._limit or _half_of_open_files()
        if self._addresses.count(key) >= self._limit:
            self._on_refused("connections")
            raise TooManyRequests(
                "Too many connections are open from your address.",
                code="too_many_connections",
                extra={"retry_after": RETRY_SECONDS},
            )
        self._rate_limiter.check_address("open", key)


def _half_of_open_files() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2


admission: Admission = app_extension("admission")
