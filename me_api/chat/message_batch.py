"""The working set of a batch of message changes, read and written in a few statements.

`MessageBatch.load` reads the rooms and messages that a batch concerns, the changes are decided on
them in memory, and `save` writes the result. The number of statements does not depend on the number
of changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from orjson import dumps, loads
from sqlalchemy import Connection, Text, bindparam, cast, insert, select, tuple_, update

from me_api.chat.feed import topic
from me_api.chat.models import Message, Room
from me_api.chat.serializer import from_row
from me_api.errors import NotFound
from me_api.eventlog import Transaction
from me_api.storage.json_functions import json_pairs
from me_api.storage.statements import CompiledStatement


@dataclass(slots=True)
class MessageRow:
    """A row of `messages` that a batch may change, with the name of its room."""

    room: str
    room_id: int
    id: int
    rev: int
    created_rev: int
    nick: str
    verified: bool
    user_id: int | None
    sender: str
    text: str | None
    payload: Any
    key: str | None
    fingerprint: str | None
    created: str
    edited: str | None
    deleted: str | None

    def values(self, names: Iterable[str]) -> dict[str, Any]:
        """Return these columns as values for the driver, with the payload as JSON text."""
        payload = None if self.payload is None else dumps(self.payload).decode()
        return {name: getattr(self, name) for name in names} | {"payload": payload}


_COLUMNS = tuple(name for name in MessageRow.__slots__ if name != "room")
_CHANGING = ("rev", "text", "fingerprint", "edited", "deleted")
_CELLS = [
    cast(Message.payload, Text) if name == "payload" else getattr(Message, name)
    for name in _COLUMNS
]
_ROWS = select(Room.name, *_CELLS).join(Room, Room.id == Message.room_id)
# Not an expanding IN: it would cost some five microseconds more for each message with a key.
_BY_KEY = CompiledStatement(
    _ROWS.where(tuple_(Message.sender, Message.key).op("IN")(json_pairs(bindparam("pairs"))))
)
_BY_ID = _ROWS.where(tuple_(Message.room_id, Message.id).in_(bindparam("places", expanding=True)))
_ROOM_COLUMNS = select(Room.name, Room.id, Room.guests, Room.last_id)
_ROOM = CompiledStatement(_ROOM_COLUMNS.where(Room.name == bindparam("name")))
_ROOMS = _ROOM_COLUMNS.where(Room.name.in_(bindparam("names", expanding=True)))
FEW_ROOMS = 3
"""Up to so many rooms, a compiled statement for each is faster than one with a list of names."""
_INSERT = CompiledStatement(insert(Message))
# SQLAlchemy reserves the names of columns for the values that are set, hence the prefix.
_UPDATE_ROOM = CompiledStatement(
    update(Room).where(Room.id == bindparam("b_room")).values(last_id=bindparam("b_last"))
)
_UPDATE = CompiledStatement(
    update(Message)
    .where(Message.room_id == bindparam("b_room"), Message.id == bindparam("b_id"))
    .values({name: bindparam(name) for name in (*_CHANGING, "payload")})
)


class RoomRow(NamedTuple):
    """The columns of `rooms` that a batch decides on."""

    name: str
    id: int
    guests: str
    last_id: int


@dataclass(slots=True)
class MessageBatch:
    """The rooms and messages that a batch has read, and the rows that it is about to write."""

    transaction: Transaction
    rooms: dict[str, RoomRow]
    last_ids: dict[str, int]
    rows: dict[tuple[str, int], MessageRow]
    keys: dict[tuple[str, str], MessageRow]
    created: list[MessageRow] = field(default_factory=list)
    changed: dict[tuple[str, int], MessageRow] = field(default_factory=dict)

    @classmethod
    def load(
        cls,
        transaction: Transaction,
        names: set[str],
        keys: set[tuple[str, str]],
        ids: set[tuple[str, int]],
    ) -> MessageBatch:
        """Read the rooms with these names and the messages with these keys or ids.

        A key is the sender and the idempotency key, an id the room's name and the message's number.
        What does not exist is left out.
        """
        connection = transaction.connection
        rooms = {room.name: room for room in _read_rooms(connection, names)}
        known = []
        if keys:
            known = _rows(_BY_KEY.run(connection, {"pairs": dumps(list(keys)).decode()}))
        rows = {(row.room, row.id): row for row in known}
        places = [(rooms[room].id, number) for room, number in ids if room in rooms]
        if places:
            for row in _rows(connection.execute(_BY_ID, {"places": places})):
                # A message that was found by its key, too, must stay one object in both indexes.
                rows.setdefault((row.room, row.id), row)
        by_key = {(row.sender, row.key or ""): row for row in known}
        last_ids = {name: room.last_id for name, room in rooms.items()}
        return cls(transaction, rooms, last_ids, rows, by_key)

    def save(self) -> None:
        """Write the created and changed messages, and the last id of each room with new ones."""
        connection = self.transaction.connection
        if self.created:
            _INSERT.run_many(connection, [row.values(_COLUMNS) for row in self.created])
            last = {row.room: row for row in self.created}.values()
            _UPDATE_ROOM.run_many(
                connection, [{"b_room": row.room_id, "b_last": row.id} for row in last]
            )
        # A message that was created in this batch has been inserted as it is now.
        new = {(row.room, row.id) for row in self.created}
        changed = [row for place, row in self.changed.items() if place not in new]
        if changed:
            places = [{"b_room": row.room_id, "b_id": row.id} for row in changed]
            values = [row.values(_CHANGING) for row in changed]
            _UPDATE.run_many(connection, [p | v for p, v in zip(places, values, strict=True)])

    def room(self, name: str) -> RoomRow:
        """Return a room; raises `NotFound`."""
        if name not in self.rooms:
            raise NotFound(f"There is no room {name!r}.", source="room")
        return self.rooms[name]

    def find(self, room: str, message_id: int) -> MessageRow:
        """Return a message, as the batch has changed it so far; raises `NotFound`."""
        self.room(room)
        if (room, message_id) not in self.rows:
            raise NotFound(f"Room {room!r} has no message {message_id}.", source="id")
        return self.rows[room, message_id]

    def record(self, row: MessageRow) -> dict[str, Any]:
        """Assign the next position to a row, which is published after the commit; return it."""
        row.rev = self.transaction.next_rev()
        body = from_row(row)
        self.transaction.publish_after_commit(
            row.rev, topic(row.room), row.id, body, row.created_rev
        )
        return body


def _read_rooms(connection: Connection, names: set[str]) -> list[RoomRow]:
    if len(names) > FEW_ROOMS:
        return list(map(RoomRow._make, connection.execute(_ROOMS, {"names": list(names)})))
    found = (_ROOM.run(connection, {"name": name}).one_or_none() for name in names)
    return [RoomRow._make(row) for row in found if row is not None]


def _rows(cells: Iterable[Any]) -> list[MessageRow]:
    rows = [MessageRow(*each) for each in cells]
    for row in rows:
        # Statements that are compiled once return the driver's own values.
        row.verified = bool(row.verified)
        row.payload = row.payload and loads(row.payload)
    return rows
