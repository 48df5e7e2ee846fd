"""The tables that are copied: reading, writing and comparing their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from sqlalchemy import String, Table, Text, UniqueConstraint, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from me_api.auth.models import TokenRoomRow, TokenRow, UserRow
from me_api.auth.moderation_models import BanRow, ModerationRow, PurgeRow
from me_api.chat.models import Message, PrunedKey, Room
from me_api.me.models import PresentationRow
from me_api.recovery.models import Session
from me_api.reports.models import ReportRow

Rows = Sequence[Sequence[Any]]

BATCH = 512
"""Rows that are read, written and compared at a time."""


def _table(model: Any) -> Table:
    return cast(Table, model.__table__)


_WHOLE = (UserRow, Room, TokenRow, TokenRoomRow, BanRow, ModerationRow, PurgeRow, PrunedKey)
WHOLE = [_table(model) for model in _WHOLE]
"""Compared as a whole: their changes take no position. Others refer to them, later to earlier."""
SESSIONS = _table(Session)
"""Copied at the end, since each of them changes every few seconds."""
BY_REV = [_table(model) for model in (ReportRow, Message, PresentationRow)]
"""Followed by `rev`; of messages, the oldest of a room are deleted."""
OWN = {"log", "schema_range"}
"""Not copied: each database has its own."""
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Different(Exception):
    """What was written is not what was read."""


def changes(connection: Connection, table: Table, after: int, upto: int) -> Iterator[Rows]:
    """Return the rows that changed after a position, up to another one, in batches."""
    while rows := _between(connection, table, after, upto, BATCH):
        yield rows
        after = _last_rev(table, rows)


def write_changes(connection: Connection, table: Table, after: int, rows: Rows) -> int:
    """Write a batch of `changes`; return its last position. Raises `Different`."""
    _write(connection, table, rows)
    upto = _last_rev(table, rows)
    if _between(connection, table, after, upto) != rows:
        raise Different(f"table {table.name}, positions {after + 1} to {upto}")
    return upto


def write_whole(source: Connection, target: Connection, table: Table) -> None:
    """Write the rows that are missing or different."""
    known = _by_key(target, table)
    changed = {key: row for key, row in _by_key(source, table).items() if known.get(key) != row}
    _free_unique(
        target, table, {key: (known[key], changed[key]) for key in changed if key in known}
    )
    rows = list(changed.values())
    for first in range(0, len(rows), BATCH):
        _write(target, table, rows[first : first + BATCH])


def _free_unique(target: Connection, table: Table, changed: dict[Any, Any]) -> None:
    """Write placeholders for unique texts that have changed: another row may have them now.

    `changed` are the rows before and after, by their keys.
    """
    unique = [
        column
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
        for column in constraint.columns
        if isinstance(column.type, String | Text)
    ]
    places = [table.c.keys().index(column.key) for column in unique]
    for key, (before, after) in changed.items():
        if all(before[place] == after[place] for place in places):
            continue
        pairs = zip(table.primary_key, key, strict=True)
        placeholder = "\n" + " ".join(map(str, key))
        own = table.update().where(*[column == value for column, value in pairs])
        target.execute(own.values({column: placeholder for column in unique}))


def delete_others(source: Connection, target: Connection, table: Table) -> None:
    """Delete the rows that are no longer in the source."""
    for gone in _keys(target, table) - _keys(source, table):
        pairs = zip(table.primary_key, gone, strict=True)
        target.execute(table.delete().where(*[column == value for column, value in pairs]))


def delete_pruned(source: Connection, target: Connection) -> None:
    """Delete the messages that have been removed in the source since they were copied."""
    # Rows are removed from the oldest on, by a retention and when a room was deleted.
    first = select(func.min(Message.id)).where(Message.room_id == Room.id).scalar_subquery()
    for room_id, left in source.execute(select(Room.id, func.coalesce(first, Room.last_id + 1))):
        gone = delete(Message).where(Message.room_id == room_id, Message.id < left)
        target.execute(gone)


def compare(source: Connection, target: Connection, tables: Sequence[Table]) -> dict[str, int]:
    """Return the number of rows of each table; raise `Different` unless both have the same rows.

    The rows that have a rev were compared when they were written: of them, it is the sums.
    """
    counts: dict[str, int] = {}
    for table in tables:
        totals = _totals(source, table)
        same = totals == _totals(target, table)
        if table not in BY_REV:
            same = same and _by_key(source, table) == _by_key(target, table)
        if not same:
            raise Different(f"table {table.name}")
        counts[table.name] = totals[0]
    return counts


def is_empty(connection: Connection, table: Table) -> bool:
    return connection.execute(select(*table.primary_key).limit(1)).first() is None


def _write(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows, or replace those with the same primary key."""
    insert = _INSERT[connection.dialect.name](table)
    replace = insert.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={column: insert.excluded[column.key] for column in table.c},
    )
    connection.execute(replace, [dict(zip(table.c.keys(), row, strict=True)) for row in rows])


def _between(
    connection: Connection, table: Table, after: int, upto: int, limit: int | None = None
) -> Rows:
    rows = select(table).where(table.c.rev > after, table.c.rev <= upto).order_by(table.c.rev)
    return connection.execute(rows.limit(limit)).all()


def _last_rev(table: Table, rows: Rows) -> int:
    return int(rows[-1][table.c.keys().index("rev")])


def _keys(connection: Connection, table: Table) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in connection.execute(select(*table.primary_key))}


def _by_key(connection: Connection, table: Table) -> dict[tuple[Any, ...], Sequence[Any]]:
    places = [table.c.keys().index(column.key) for column in table.primary_key]
    rows = connection.execute(select(table))
    return {tuple(row[place] for place in places): row for row in rows}


def _totals(connection: Connection, table: Table) -> list[int]:
    lengths = [func.sum(func.length(each)) for each in table.c if each.type.python_type is str]
    numbers = [func.sum(each) for each in table.c if each.type.python_type is int]
    totals = connection.execute(select(func.count(), *lengths, *numbers).select_from(table)).one()
    return [int(total or 0) for total in totals]
