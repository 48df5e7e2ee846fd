"""Reading and writing a batch of message changes in the committer's transaction.

The number of statements does not depend on the number of changes.
"""

from __future__ import annotations

from orjson import dumps
from sqlalchemy import Connection, Text, bindparam, cast, insert, select, tuple_, update

from me_api.chat.message_batch import CHANGING, COLUMNS, MessageBatch, RoomRow, to_rows
from me_api.chat.models import Message, PrunedKey, Room
from me_api.eventlog import Transaction
from me_api.storage.json_functions import json_pairs
from me_api.storage.statements import CompiledStatement

_CELLS = [
    cast(Message.payload, Text) if name == "payload" else getattr(Message, name) for name in COLUMNS
]
_ROWS = select(Room.name, *_CELLS).join(Room, Room.id == Message.room_id)
# Not an expanding IN: it would cost some five microseconds more for each message with a key.
_BY_KEY = CompiledStatement(
    _ROWS.where(tuple_(Message.sender, Message.key).op("IN")(json_pairs(bindparam("pairs"))))
)
_BY_ID = _ROWS.where(tuple_(Message.room_id, Message.id).in_(bindparam("places", expanding=True)))
_ROOMCOLUMNS = select(
    Room.name, Room.id, Room.guests, Room.last_id, Room.archived, Room.deleted, Room.first_id
)
_ROOM = CompiledStatement(_ROOMCOLUMNS.where(Room.name == bindparam("name")))
_ROOMS = _ROOMCOLUMNS.where(Room.name.in_(bindparam("names", expanding=True)))
FEW_ROOMS = 3
"""Up to so many rooms, a compiled statement for each is faster than one with a list of names."""
_SPENT = select(PrunedKey.hash).where(PrunedKey.hash.in_(bindparam("hashes", expanding=True)))
_INSERT = CompiledStatement(insert(Message))
# SQLAlchemy reserves the names of columns for the values that are set, hence the prefix.
_UPDATE_ROOM = CompiledStatement(
    update(Room).where(Room.id == bindparam("b_room")).values(last_id=bindparam("b_last"))
)
_UPDATE = CompiledStatement(
    update(Message)
    .where(Message.room_id == bindparam("b_room"), Message.id == bindparam("b_id"))
    .values({name: bindparam(name) for name in (*CHANGING, "payload")})
)


def load(
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
    by_key, by_id = [], []
    if keys:
        by_key = to_rows(_BY_KEY.run(connection, {"pairs": dumps(list(keys)).decode()}))
    places = [(rooms[room].id, number) for room, number in ids if room in rooms]
    if places:
        by_id = to_rows(connection.execute(_BY_ID, {"places": places}))
    batch = MessageBatch.of(transaction, rooms, by_key, by_id)
    batch.spent = load_spent(connection, batch.may_have_spent(keys))
    return batch


def load_spent(connection: Connection, hashes: list[str]) -> set[str]:
    """Return those of the hashes of keys that a removed message had."""
    return set(connection.execute(_SPENT, {"hashes": hashes}).scalars()) if hashes else set()


def save(transaction: Transaction, batch: MessageBatch) -> None:
    """Write the created and changed messages, and the last id of each room with new ones."""
    connection = transaction.connection
    if batch.created:
        _INSERT.run_rows(connection, COLUMNS, [row.cells() for row in batch.created])
        last = {row.room: row for row in batch.created}.values()
        _UPDATE_ROOM.run_many(
            connection, [{"b_room": row.room_id, "b_last": row.id} for row in last]
        )
    changed = batch.changed_before()
    if changed:
        places = [{"b_room": row.room_id, "b_id": row.id} for row in changed]
        values = [row.values(CHANGING) for row in changed]
        _UPDATE.run_many(connection, [p | v for p, v in zip(places, values, strict=True)])


def _read_rooms(connection: Connection, names: set[str]) -> list[RoomRow]:
    if len(names) > FEW_ROOMS:
        return list(map(RoomRow._make, connection.execute(_ROOMS, {"names": list(names)})))
    return [RoomRow._make(row) for name in names for row in _ROOM.run(connection, {"name": name})]
