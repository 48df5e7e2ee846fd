"""Buckets that all nodes share, in the table `limits`: what must not be tried often at any node.

The same algorithm as in `me_api.rate_limits`, by the clock of the database.
"""

from __future__ import annotations

from typing import Any

from me_api.cluster.connection_thread import PgConnection
from me_api.cluster.native_connection import NativeConnection
from me_api.rate_limits import RateLimit

# What is missing is how much later than now a bucket will be full than one with room for one more.
_MISSING = """
SELECT extract(epoch FROM full_at - clock_timestamp()) - %(most)s FROM limits
WHERE rule = %(rule)s AND key = %(key)s
"""
_COUNT = """
INSERT INTO limits AS l (rule, key, full_at)
VALUES (%(rule)s, %(key)s, clock_timestamp() + %(step)s * interval '1 s')
ON CONFLICT (rule, key) DO UPDATE SET full_at = least(
    greatest(l.full_at, clock_timestamp()) + %(step)s * interval '1 s',
    clock_timestamp() + %(full)s * interval '1 s')
WHERE %(force)s OR l.full_at - clock_timestamp() <= %(most)s * interval '1 s'
RETURNING true
"""
_CLEAN = "DELETE FROM limits WHERE full_at < clock_timestamp()"
CLEAN_EVERY = 1000
"""The number of requests after which buckets that are full, which are as good as none, go."""


class SharedLimits:
    """Counts requests in the database."""

    def __init__(self, connection: NativeConnection) -> None:
        self._connection = connection
        self._requests = 0

    def seconds_to_wait(
        self, rule: str, rate: RateLimit, key: str, *, count: bool, force: bool
    ) -> float:
        """Return the seconds until a bucket has room, 0 if it has; count the request, if asked.

        With `force` it is counted in any case, as far as the bucket can be empty.
        """
        per_second, burst = rate
        values = {
            "rule": rule,
            "key": key,
            "step": 1 / per_second,
            "most": (burst - 1) / per_second,
            "full": burst / per_second,
            "force": force,
        }
        self._requests += 1
        clean = self._requests % CLEAN_EVERY == 0
        return self._connection.call(lambda connection: _take(connection, values, count, clean))


def _take(connection: PgConnection, values: dict[str, Any], count: bool, clean: bool) -> float:
    if clean:
        connection.execute(_CLEAN)
    if count and connection.execute(_COUNT, values).fetchone() is not None:
        return 0.0
    row = connection.execute(_MISSING, values).fetchone()
    return 0.0 if row is None else max(0.0, float(row[0]))
