"""The one number: the position of the last change, kept in the row `log`."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection

from me_api.eventlog.models import Log
from me_api.storage.statements import CompiledStatement

_READ = select(Log.head, Log.epoch)
_LOCK = CompiledStatement(select(Log.head).with_for_update())
_MOVE = CompiledStatement(update(Log).values(head=bindparam("b_head")))


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
    return int(_LOCK.run(connection, {}).scalar_one())


def move(connection: Connection, head: int) -> None:
    """Store the new head."""
    _MOVE.run(connection, {"b_head": head})
