"""The head and the epoch of the log, as stored in the table `log`."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from sqlalchemy import Engine, bindparam, literal_column, select, text, update
from sqlalchemy.engine import Connection

from me_api.eventlog.models import Log
from me_api.eventlog.shared_state import Counters
from me_api.storage.statements import CompiledStatement

_READ = select(Log.head, Log.epoch)
_READ_SHARED = CompiledStatement(
    select(Log.head, Log.epoch, literal_column("generation"), Log.access)
)
_READ_WITH_ACCESS = select(Log.head, Log.epoch, Log.access)
_READ_LOCKED = CompiledStatement(_READ_WITH_ACCESS)
_COUNT_ACCESS = CompiledStatement(
    update(Log).values(access=literal_column("access + 1")).returning(Log.access)
)
MARK = "SELECT epoch, schema_version, head FROM log, pragma_schema_version"
"""Reads the mark of a database file (`me_api.storage.mark`)."""
_MOVE = CompiledStatement(update(Log).values(head=bindparam("b_head")))

SKIPPED = 1_000_000
"""Positions that a new epoch leaves out, as after a failover (`migrations/commit_1.sql`)."""
_BEGIN_EPOCH = f"UPDATE log SET head = head + {SKIPPED}, epoch = :epoch"
# Servers that use the database notice it by these.
_BEGIN_SHARED_EPOCH = f"{_BEGIN_EPOCH}, generation = generation + 1, access = access + 1"


class Position(NamedTuple):
    """The head of a log, and the random id of that log."""

    head: int
    epoch: str


def read(connection: Connection) -> Position:
    """Read the head and the epoch of the log."""
    return Position(*connection.execute(_READ).one())


def read_shared(engine: Engine) -> tuple[Position, Counters]:
    """Read the position of a log that others write to, and what else it counts."""
    head, epoch, generation, access = _READ_SHARED.rows(engine, {})[0]
    return Position(head, epoch), Counters(generation, access)


def read_with_access(connection: Connection) -> tuple[Position, Counters]:
    """Read the position of an SQLite database's log, and how often access has changed."""
    head, epoch, access = connection.execute(_READ_WITH_ACCESS).one()
    return Position(head, epoch), Counters(0, access)


def read_locked(connection: Connection) -> tuple[Position, Counters]:
    """Return what `read_with_access` does, in a transaction that has locked the database."""
    ((head, epoch, access),) = _READ_LOCKED.run(connection, {})
    return Position(head, epoch), Counters(0, access)


def count_access(connection: Connection) -> Counters:
    """Count, in a transaction, that it has changed who may do what."""
    ((access,),) = _COUNT_ACCESS.run(connection, {})
    return Counters(0, access)


def begin_epoch(connection: Connection) -> None:
    """Begin a new epoch, far beyond what another copy of the log can have reached.

    So nobody takes a new message for one that only the other has, even without naming an epoch.
    """
    sqlite = connection.dialect.name == "sqlite"
    statement = text(_BEGIN_EPOCH if sqlite else _BEGIN_SHARED_EPOCH)
    connection.execute(statement, {"epoch": secrets.token_hex(8)})


def move(connection: Connection, head: int) -> None:
    _MOVE.run(connection, {"b_head": head})
