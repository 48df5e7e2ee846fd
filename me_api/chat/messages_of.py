"""Where the messages of a sender are, and the batches in which they are deleted.

Others write between these. Where they are is read once, not for each batch: the tombstones of those
before would be read again and again.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.engine import Connection

from me_api.chat.models import Message, Room
from me_api.chat.tombstones import BATCH

Place = tuple[str, int]
"""The name of a room, and the id of a message."""
Places = dict[str, "array[int]"]
"""The ids of messages, by the names of their rooms."""


def places_of(
    connection: Connection,
    sender: str,
    room: str | None = None,
    *,
    upto: int | None = None,
    everything: bool = False,
) -> Places:
    """Read where the messages of a sender are that can be deleted, in a room or everywhere.

    With `upto`, only those that were posted up to this position. With `everything`, also
    tombstones, and what a deleted room still has. Room by room, in the order of their ids; for a
    native thread, since there may be very many.
    """
    query = select(Room.name, Message.id).join(Room, Room.id == Message.room_id)
    query = query.where(Message.sender == sender)
    if not everything:
        # All that is in a deleted room is being deleted already.
        query = query.where(Message.deleted.is_(None), Room.deleted.is_(None))
    if room is not None:
        query = query.where(Room.name == room)
    if upto is not None:
        query = query.where(Message.created_rev <= upto)
    # In arrays: there may be a million messages.
    found: Places = {}
    for name, number in connection.execute(query.order_by(Message.room_id, Message.id)):
        found.setdefault(name, array("q")).append(number)
    return found


def batches(places: Places) -> Iterator[tuple[Place, ...]]:
    """Yield the places in batches that are deleted in one transaction each."""
    for name, ids in places.items():
        for first in range(0, len(ids), BATCH):
            yield tuple((name, number) for number in ids[first : first + BATCH])
