"""The one number: the position of the last change, kept in the row `log`."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection

from me_api.log.models import Log

_READ = select(Log.head, Log.epoch)
_LOCK = select(Log.head).with_for_update()
_MOVE = update(Log).values(head=bindparam("b_head"))


class Position(NamedTuple):
    """The head of a log and the random id of that log."""

    head: int
    epoch: str


def read(connection: Connection) -> Position:
    """Read where the log stands."""
    return Position(*connection.execute(_READ).one())


def lock(connection: Connection) -> int:
    """Take the log for this transaction; return its head.

    A sequence would not do: sequences commit out of order, and a reader of `rev > n` then loses
    rows for ever.
    """
    return int(connection.execute(_LOCK).scalar_one())


def move(connection: Connection, head: int) -> None:
    """Store the new head."""
    connection.execute(_MOVE, {"b_head": head})
