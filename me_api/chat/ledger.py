"""What a batch of changes reads and writes of the messages, in a few statements, however many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, insert, select, tuple_, update

from me_api.chat.models import Message, Room
from me_api.chat.present import message, topic
from me_api.errors import NotFound
from me_api.log import Transaction

_INSERT = insert(Message)
_UPDATE = update(Message).where(
    Message.room_id == bindparam("b_room"), Message.id == bindparam("b_id")
)
_CHANGING = ("rev", "text", "payload", "fingerprint", "edited", "deleted")
_ROOMS = select(Room.__table__).where(Room.name.in_(bindparam("names", expanding=True)))
_COUNT = update(Room).where(Room.id == bindparam("b_room"))


@dataclass(slots=True)
class Row:
    """A message while a batch is decided."""

    room: str
    room_id: int
    id: int
    rev: int
    born: int
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
        """Give some columns."""
        return {name: getattr(self, name) for name in names}


_COLUMNS = tuple(name for name in Row.__slots__ if name != "room")


@dataclass(slots=True)
class Ledger:
    """What a batch has read, and what it is about to write."""

    transaction: Transaction
    rooms: dict[str, Any]
    last_ids: dict[str, int]
    rows: dict[tuple[str, int], Row]
    keys: dict[tuple[str, str], Row]
    created: list[Row] = field(default_factory=list)
    changed: dict[tuple[str, int], Row] = field(default_factory=dict)

    def room(self, name: str) -> Any:
        """Find a room."""
        if name not in self.rooms:
            raise NotFound(f"There is no room {name!r}.", source="room")
        return self.rooms[name]

    def find(self, room: str, message_id: int) -> Row:
        """Find a message."""
        self.room(room)
        if (room, message_id) not in self.rows:
            raise NotFound(f"Room {room!r} has no message {message_id}.", source="id")
        return self.rows[room, message_id]

    def publish(self, row: Row) -> dict[str, Any]:
        """Give the row the next position and let readers have it after the commit."""
        row.rev = self.transaction.next_rev()
        body = message(row)
        self.transaction.publish(row.rev, topic(row.room), row.id, body)
        return body


def open_ledger(
    transaction: Transaction,
    names: set[str],
    keys: set[tuple[str, str]],
    meant: set[tuple[str, int]],
) -> Ledger:
    """Read the rooms, the messages with the keys, and the messages meant, of a whole batch."""
    found = transaction.connection.execute(_ROOMS, {"names": list(names)})
    rooms = {room.name: room for room in found}
    known = _rows(transaction, tuple_(Message.sender, Message.key), keys)
    places = {(rooms[room].id, number) for room, number in meant if room in rooms}
    rows = {(row.room, row.id): row for row in known}
    for row in _rows(transaction, tuple_(Message.room_id, Message.id), places):
        rows.setdefault((row.room, row.id), row)
    by_key = {(row.sender, row.key or ""): row for row in known}
    last_ids = {name: room.last_id for name, room in rooms.items()}
    return Ledger(transaction, rooms, last_ids, rows, by_key)


def _rows(transaction: Transaction, columns: Any, wanted: Iterable[Any]) -> list[Row]:
    if not wanted:
        return []
    query = (
        select(Room.name.label("room"), *(getattr(Message, name) for name in _COLUMNS))
        .join(Room, Room.id == Message.room_id)
        .where(columns.in_(list(wanted)))
    )
    return [Row(**row._mapping) for row in transaction.connection.execute(query)]


def write_ledger(ledger: Ledger) -> None:
    """Write what came of a batch, in a constant number of statements."""
    connection = ledger.transaction.connection
    if ledger.created:
        connection.execute(_INSERT, [row.values(_COLUMNS) for row in ledger.created])
        counts = {row.room: row for row in ledger.created}
        connection.execute(
            _COUNT, [{"b_room": r.room_id, "last_id": r.id} for r in counts.values()]
        )
    new = {(row.room, row.id) for row in ledger.created}
    changed = [row for place, row in ledger.changed.items() if place not in new]
    if changed:
        places = [{"b_room": row.room_id, "b_id": row.id} for row in changed]
        values = [row.values(_CHANGING) for row in changed]
        connection.execute(_UPDATE, [p | v for p, v in zip(places, values, strict=True)])
