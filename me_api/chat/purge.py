"""Deleting all messages of a sender but for tombstones, in batches between which others write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select
from sqlalchemy.engine import Connection

from me_api.auth import audit
from me_api.auth.audit import Actor
from me_api.chat import access
from me_api.chat.models import Message, Room
from me_api.chat.tombstones import BATCH, blank_all
from me_api.eventlog import Change, Transaction, log
from me_api.extensions import pools

READ = 4096
"""Messages whose places are read at a time."""

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class PurgeMessages(Change):
    """Delete some messages of a sender; the first batch makes the audit entry."""

    places: tuple[Place, ...]
    sender: str
    user_id: int | None
    target: str
    actor: Actor
    room: str | None
    reason: str
    entry: int | None

    def apply(self, transaction: Transaction) -> tuple[int, int]:
        """Return the id of the entry, and how many messages were deleted.

        Raises `Forbidden` if the actor may not moderate this user.
        """
        audit.check_rank(transaction, self.actor, self.user_id)
        count = blank_all(transaction, self.sender, set(self.places))
        entry = self.entry
        if entry is None:
            entry = audit.record(
                transaction,
                self.actor,
                "purge",
                self.target,
                room=self.room,
                reason=self.reason,
                count=count,
            )
        else:
            audit.add_to_count(transaction, entry, count)
        return entry, count


def purge(
    sender: str, user_id: int | None, target: str, actor: Actor, room: str | None, reason: str
) -> int:
    """Delete all messages of a sender, in a room or everywhere; return how many.

    Blocks this greenlet only. Raises `NotFound`, `Gone`, `Busy`, or `Forbidden` if the actor may
    not moderate this user.
    """
    room_id = None if room is None else access.find(room).id
    total, entry = 0, None
    while True:
        read = partial(_places, sender, room_id)
        places = log.background.read(pools.search, read, admitted=entry is not None)
        if not places and entry is not None:
            return total
        for some in _batches(places):
            change = PurgeMessages(some, sender, user_id, target, actor, room, reason, entry)
            entry, count = log.commit(change)
            total += count


def _places(sender: str, room_id: int | None, connection: Connection) -> Sequence[Place]:
    # In a native thread: a sender may have very many messages.
    query = select(Room.name, Message.id).join(Room, Room.id == Message.room_id)
    query = query.where(Message.sender == sender, Message.deleted.is_(None), Room.deleted.is_(None))
    if room_id is not None:
        query = query.where(Message.room_id == room_id)
    return [(row.name, row.id) for row in connection.execute(query.limit(READ))]


def _batches(places: Sequence[Place]) -> Iterator[tuple[Place, ...]]:
    # One without messages, if there are none: the entry is made nevertheless.
    for first in range(0, max(1, len(places)), BATCH):
        yield tuple(places[first : first + BATCH])
