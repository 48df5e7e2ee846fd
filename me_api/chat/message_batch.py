"""What a batch of changes reads and writes of the messages, in a few statements, however many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from orjson import dumps, loads
from sqlalchemy import Text, bindparam, cast, insert, select, tuple_, update

from me_api.chat.feed import topic
from me_api.chat.models import Message, Room
from me_api.chat.serializer import from_row
from me_api.errors import NotFound
from me_api.eventlog import Transaction
from me_api.storage.json_functions import json_pairs
from me_api.storage.statements import CompiledStatement


@dataclass(slots=True)
class MessageRow:
    """A message while a batch is decided."""

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
        """Give some columns as the driver takes them."""
        payload = None if self.payload is None else dumps(self.payload).decode()
        return {name: getattr(self, name) for name in names} | {"payload": payload}


_COLUMNS = tuple(name for name in MessageRow.__slots__ if name != "room")
_CHANGING = ("rev", "text", "fingerprint", "edited", "deleted")
_CELLS = [
    cast(Message.payload, Text) if name == "payload" else getattr(Message, name)
    for name in _COLUMNS
]
_ROWS = select(Room.name, *_CELLS).join(Room, Room.id == Message.room_id)
_BY_KEY = CompiledStatement(
    _ROWS.where(tuple_(Message.sender, Message.key).op("IN")(json_pairs(bindparam("pairs"))))
)
_BY_ID = _ROWS.where(tuple_(Message.room_id, Message.id).in_(bindparam("places", expanding=True)))
_ROOMS = select(Room.name, Room.id, Room.guests, Room.last_id).where(
    Room.name.in_(bindparam("names", expanding=True))
)
_INSERT = CompiledStatement(insert(Message))
_UPDATE_ROOM = CompiledStatement(
    update(Room).where(Room.id == bindparam("b_room")).values(last_id=bindparam("b_last"))
)
_UPDATE = CompiledStatement(
    update(Message)
    .where(Message.room_id == bindparam("b_room"), Message.id == bindparam("b_id"))
    .values({name: bindparam(name) for name in (*_CHANGING, "payload")})
)


class RoomRow(NamedTuple):
    """A room while a batch is decided."""

    name: str
    id: int
    guests: str
    last_id: int


@dataclass(slots=True)
class MessageBatch:
    """What a batch has read, and what it is about to write."""

    transaction: Transaction
    rooms: dict[str, RoomRow]
    last_ids: dict[str, int]
    rows: dict[tuple[str, int], MessageRow]
    keys: dict[tuple[str, str], MessageRow]
    created: list[MessageRow] = field(default_factory=list)
    changed: dict[tuple[str, int], MessageRow] = field(default_factory=dict)

    def room(self, name: str) -> RoomRow:
        """Find a room."""
        if name not in self.rooms:
            raise NotFound(f"There is no room {name!r}.", source="room")
        return self.rooms[name]

    def find(self, room: str, message_id: int) -> MessageRow:
        """Find a message."""
        self.room(room)
        if (room, message_id) not in self.rows:
            raise NotFound(f"Room {room!r} has no message {message_id}.", source="id")
        return self.rows[room, message_id]

    def publish(self, row: MessageRow) -> dict[str, Any]:
        """Give the row the next position and let readers have it after the commit."""
        row.rev = self.transaction.next_rev()
        body = from_row(row)
        self.transaction.publish(row.rev, topic(row.room), row.id, body, row.created_rev)
        return body


def open_ledger(
    transaction: Transaction,
    names: set[str],
    keys: set[tuple[str, str]],
    meant: set[tuple[str, int]],
) -> MessageBatch:
    """Read the rooms, the messages with the keys, and the messages meant, of a whole batch."""
    connection = transaction.connection
    found = connection.execute(_ROOMS, {"names": list(names)})
    rooms = {room.name: room for room in map(RoomRow._make, found)}
    known = _rows(_BY_KEY.run(connection, {"pairs": dumps(list(keys)).decode()})) if keys else []
    rows = {(row.room, row.id): row for row in known}
    places = [(rooms[room].id, number) for room, number in meant if room in rooms]
    for row in _rows(connection.execute(_BY_ID, {"places": places})) if places else ():
        rows.setdefault((row.room, row.id), row)
    by_key = {(row.sender, row.key or ""): row for row in known}
    last_ids = {name: room.last_id for name, room in rooms.items()}
    return MessageBatch(transaction, rooms, last_ids, rows, by_key)


def _rows(found: Iterable[Any]) -> list[MessageRow]:
    rows = [MessageRow(*cells) for cells in found]
    for row in rows:
        row.verified = bool(row.verified)
        row.payload = row.payload and loads(row.payload)
    return rows


def write_ledger(ledger: MessageBatch) -> None:
    """Write what came of a batch, in a constant number of statements."""
    connection = ledger.transaction.connection
    if ledger.created:
        _INSERT.run_many(connection, [row.values(_COLUMNS) for row in ledger.created])
        last = {row.room: row for row in ledger.created}.values()
        _UPDATE_ROOM.run_many(
            connection, [{"b_room": row.room_id, "b_last": row.id} for row in last]
        )
    new = {(row.room, row.id) for row in ledger.created}
    changed = [row for place, row in ledger.changed.items() if place not in new]
    if changed:
        places = [{"b_room": row.room_id, "b_id": row.id} for row in changed]
        values = [row.values(_CHANGING) for row in changed]
        _UPDATE.run_many(connection, [p | v for p, v in zip(places, values, strict=True)])
