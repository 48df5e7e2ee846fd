"""What retention has to do: in which rooms it is due, and removing messages batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Engine, Row, Select, func, or_, select

from me_api.chat.feed import topic
from me_api.chat.models import Message, Room
from me_api.chat.retention.changes import BATCH, COLUMNS, Limits, Pruned, PruneMessages
from me_api.errors import NotFound
from me_api.eventlog import EventLog

PAUSE = 19
"""How often the time of a batch is waited before the next: a twentieth of the time is used."""
SHORTEST_PAUSE = 0.02
"""Seconds that are waited at least."""

_OLDEST = (
    select(Message.created)
    .where(Message.room_id == Room.id, Message.id >= Room.first_id)
    .order_by(Message.id)
    .limit(1)
    .scalar_subquery()
)
_ROOMS = select(*COLUMNS, _OLDEST.label("oldest")).order_by(Room.id)
_CONCERNED = or_(Room.first_id > 1, Room.retention_days > 0, Room.retention_messages > 0)


def concerned(readers: Engine) -> list[Row[Any]]:
    """Return the rooms that have a retention, or have had messages removed."""
    return _read(readers, _ROOMS.where(_CONCERNED, Room.deleted.is_(None)))


def find(readers: Engine, room: str) -> Row[Any]:
    """Return a room with its retention; raises `NotFound`."""
    for row in _read(readers, _ROOMS.where(Room.name == room)):
        return row
    raise NotFound(f"There is no room {room!r}.", source="room")


def is_due(room: Row[Any]) -> bool:
    """Return whether the oldest message of a room is to be removed."""
    limits = Limits.of(room, datetime.now(UTC))
    return room.oldest is not None and limits.exceeds(room.first_id, room.oldest)


def excess(readers: Engine, room: Row[Any]) -> int:
    """Return how many messages of a room are to be removed now."""
    limits = Limits.of(room, datetime.now(UTC))
    # The first that stays: all before it go.
    stays = (
        select(func.min(Message.id))
        .where(Message.room_id == room.id, Message.id >= room.first_id)
        .where(
            or_(
                Message.created >= limits.young,
                (Message.id > limits.upto) & (Message.created >= limits.before),
            )
        )
    )
    with readers.connect() as connection:
        first = connection.execute(stays).scalar_one()
    return int((room.last_id + 1 if first is None else first) - room.first_id)


def pause_after(spent: float) -> float:
    """Return for how long to wait after a batch that has taken so many seconds."""
    return max(SHORTEST_PAUSE, PAUSE * spent)


def forget(log: EventLog, room: str, first_id: int, floor: int) -> None:
    """Remove from memory what has been removed from a room."""
    log.tail.forget(topic(room), lambda message_id: message_id < first_id, floor)


def prune(log: EventLog, room: str, *, pauses: bool) -> Iterator[int]:
    """Remove all that is to be removed from a room; yield the number after each batch.

    With `pauses` between them, for a server that writes meanwhile. Blocks this thread.
    """
    while True:
        began = monotonic()
        pruned: Pruned = log.commit(PruneMessages(room))
        yield pruned.count
        if pruned.count < BATCH:
            return
        if pauses:
            sleep(pause_after(monotonic() - began))


def prune_batch(log: EventLog, room: str, node: str) -> Pruned:
    """Remove one batch from a room, as a node. Raises `Conflict` if another node prunes."""
    pruned: Pruned = log.commit(PruneMessages(room, node))
    forget(log, room, pruned.first_id, pruned.floor)
    return pruned


def _read(readers: Engine, query: Select[Any]) -> list[Row[Any]]:
    with readers.connect() as connection:
        return list(connection.execute(query).all())
