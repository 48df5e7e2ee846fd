"""Failover: whether another PostgreSQL server has been promoted, and what was lost by that."""

from __future__ import annotations

import secrets

from sqlalchemy.engine import Connection

from me_api.errors import StorageUnavailable
from me_api.eventlog.position import Position

_SETTLE = "SELECT timeline, epoch FROM me_api_settle_1(%s, %s, %s, %s)"


def settle(connection: Connection, timeline: str, known: Position) -> str:
    """Accept the database's timeline, and return it.

    The first server that finds another timeline than the log's does it for all: if commits may
    have been lost, it begins a new epoch. Raises `StorageUnavailable` if the log has another epoch
    than is known here, or if this is a primary from before the failover.
    """
    values = (timeline, known.epoch, known.head, secrets.token_hex(8))
    current, epoch = connection.exec_driver_sql(_SETTLE, values).one()
    if current < timeline:
        raise StorageUnavailable(
            f"Nothing was stored: the database was replaced in a failover (timeline {timeline}), "
            f"and this is the one before (timeline {current})."
        )
    if epoch != known.epoch:
        raise StorageUnavailable("Nothing was stored: a failover has begun a new epoch.")
    return str(current)
