"""The chat's feed of the event log, and the names of its topics: one for each room."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.engine import Connection

from me_api.chat.models import Message, Room
from me_api.chat.serializer import from_row, select_messages
from me_api.eventlog import Entry
from me_api.storage.statements import CompiledStatement

TOPIC = "chat"
_FLOOR = CompiledStatement(select(Room.pruned_rev).where(Room.name == bindparam("room")))
_HIGHEST_FLOOR = CompiledStatement(select(func.max(Room.pruned_rev)))


class ChatFeed:
    """The messages in the order of their last change; a message appears once."""

    name = TOPIC

    def changes(
        self, connection: Connection, topic: str | None, after: int, upto: int, limit: int
    ) -> list[Entry]:
        """Return the messages with after < rev <= upto, lowest first; of all rooms if no topic."""
        query = _between(select_messages().add_columns(Message.created_rev), topic, after, upto)
        rows = connection.execute(query.order_by(Message.rev).limit(limit))
        return [entry(from_row(row), row.created_rev) for row in rows]

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
            found = _FLOOR.run(connection, {"room": topic.removeprefix(f"{TOPIC}:")})
        return found.scalar() or 0


def topic(room: str) -> str:
    """Return the name of a room's topic in the log."""
    return f"{TOPIC}:{room}"


def entry(body: dict[str, Any], created_rev: int = 0) -> Entry:
    """Return a message as an entry of the log."""
    return Entry(body["rev"], topic(body["room"]), body["id"], body, created_rev)


def _between(query: Select[Any], topic: str | None, after: int, upto: int) -> Select[Any]:
    query = query.where(Message.rev > after, Message.rev <= upto)
    if topic is None:
        return query
    room = topic.removeprefix(f"{TOPIC}:")
    return query.where(
        Message.room_id == select(Room.id).where(Room.name == room).scalar_subquery()
    )
