"""The chat's feed of the event log, and the names of its topics: one for each room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, Select, bindparam, func, literal_column, select
from sqlalchemy.engine import Connection

from me_api.chat.models import Message, Room
from me_api.chat.serializer import CELLS, from_cells
from me_api.eventlog import Entry
from me_api.storage.statements import CompiledStatement

TOPIC = "chat"
_CHANGES = (
    select(Room.name, Message.created_rev, *CELLS)
    .join(Room, Room.id == Message.room_id)
    .where(Message.rev > bindparam("after"), Message.rev <= bindparam("upto"))
    .order_by(Message.rev)
    .limit(bindparam("limit"))
    # Otherwise SQLAlchemy adds a value to the statement for SQLite.
    .offset(literal_column("0"))
)
_CHANGES_OF_ALL = CompiledStatement(_CHANGES)
_CHANGES_OF_ONE = CompiledStatement(
    _CHANGES.where(
        Message.room_id == select(Room.id).where(Room.name == bindparam("room")).scalar_subquery()
    )
)
_FLOOR = CompiledStatement(select(Room.pruned_rev).where(Room.name == bindparam("room")))
_HIGHEST_FLOOR = CompiledStatement(select(func.max(Room.pruned_rev)))


class ChatFeed:
    """The messages in the order of their last change; a message appears once."""

    name = TOPIC

    def changes(
        self, connection: Connection, topic: str | None, after: int, upto: int, limit: int
    ) -> list[Entry]:
        """Return the messages with after < rev <= upto, lowest first; of all rooms if no topic."""
        values: dict[str, Any] = {"after": after, "upto": upto, "limit": limit}
        if topic is None:
            rows = _CHANGES_OF_ALL.run(connection, values)
        else:
            rows = _CHANGES_OF_ONE.run(connection, values | {"room": _room_of(topic)})
        return _entries(rows)

    def changes_of_all(self, engine: Engine, after: int, upto: int, limit: int) -> list[Entry]:
        """Return what `changes` returns of all rooms, by a short query on the loop."""
        values = {"after": after, "upto": upto, "limit": limit}
        return _entries(_CHANGES_OF_ALL.rows(engine, values))

    def count(self, connection: Connection, topic: str, after: int, upto: int, limit: int) -> int:
        """Return the number of a room's messages with after < rev <= upto, at most `limit`."""
        # Counting stops at the limit: only "more than that" is of interest.
        some = _between(select(Message.rev), topic, after, upto).limit(limit).subquery()
        return int(connection.execute(select(func.count()).select_from(some)).scalar_one())

    def floor(self, connection: Connection, topic: str) -> int:
        """Return the highest rev of the messages that were removed from a room, or from any."""
        if topic == TOPIC:
            found = _HIGHEST_FLOOR.run(connection, {})
        else:
            found = _FLOOR.run(connection, {"room": _room_of(topic)})
        return (found and found[0][0]) or 0


def topic(room: str) -> str:
    """Return the name of a room's topic in the log."""
    return f"{TOPIC}:{room}"


def _room_of(topic: str) -> str:
    """Return the name of the room that a topic is of."""
    return topic.removeprefix(f"{TOPIC}:")


def _entries(rows: Sequence[Sequence[Any]]) -> list[Entry]:
    return [entry(from_cells(row[0], row[2:]), row[1]) for row in rows]


def entry(body: dict[str, Any], created_rev: int = 0) -> Entry:
    """Return a message as an entry of the log."""
    return Entry(body["rev"], topic(body["room"]), body["id"], body, created_rev)


def _between(query: Select[Any], topic: str | None, after: int, upto: int) -> Select[Any]:
    query = query.where(Message.rev > after, Message.rev <= upto)
    if topic is None:
        return query
    room = select(Room.id).where(Room.name == _room_of(topic)).scalar_subquery()
    return query.where(Message.room_id == room)
