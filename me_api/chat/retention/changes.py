"""The change that removes the oldest messages of a room, decided in the committer's thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.engine import Connection

from me_api.chat.message_batch import hash_of_key
from me_api.chat.models import Message, PrunedKey, Room
from me_api.errors import Conflict, NotFound
from me_api.eventlog import Change, Transaction, timestamp
from me_api.storage.statements import CompiledStatement

BATCH = 64
"""Messages that are removed at a time: one to two milliseconds of the committer."""
YOUNG_SECONDS = 60
"""No message is removed before: every server has published it by then, to everybody it serves."""
KEY_DAYS = 7
"""Days for which the key of a message is known at least, whether or not that is removed."""
LEASE = "10 seconds"
"""For how long one node prunes alone; it extends that as long as it does."""

COLUMNS = (
    Room.id,
    Room.name,
    Room.first_id,
    Room.last_id,
    Room.pruned_rev,
    Room.retention_days,
    Room.retention_messages,
)
"""What of a room decides what is removed."""

_ROOM = select(*COLUMNS)
_OLDEST = (
    select(Message.id, Message.rev, Message.created, Message.sender, Message.key)
    .where(Message.room_id == bindparam("room_id"), Message.id >= bindparam("first"))
    .order_by(Message.id)
    .limit(BATCH)
)
_DELETE = CompiledStatement(
    delete(Message).where(Message.room_id == bindparam("b_room"), Message.id <= bindparam("b_last"))
)
_MOVE = CompiledStatement(
    update(Room)
    .where(Room.id == bindparam("b_room"))
    .values(first_id=bindparam("b_first"), pruned_rev=bindparam("b_rev"))
)
# A sender may use a key again in a room from which nothing has been removed yet.
_KEEP_KEY = CompiledStatement(
    text("""
INSERT INTO pruned_keys (hash, created) VALUES (:hash, :created)
ON CONFLICT (hash) DO UPDATE SET created = excluded.created
""")
)
_OLD_KEYS = select(PrunedKey.hash).where(PrunedKey.created < bindparam("before")).limit(2 * BATCH)
_FORGET_KEYS = delete(PrunedKey).where(PrunedKey.hash.in_(_OLD_KEYS))
_CLAIM = text(f"""
UPDATE pruning SET node = :node, until = clock_timestamp() + interval '{LEASE}'
WHERE node = :node OR until < clock_timestamp() RETURNING node
""")


class Limits(NamedTuple):
    """What of a room is removed at a moment: messages of these ids, and those that are so old.

    `young` are those that stay in any case.
    """

    upto: int
    before: str
    young: str

    @classmethod
    def of(cls, room: Any, now: datetime) -> Limits:
        """Return the limits of a room, whose columns are those of its retention."""
        days, count = room.retention_days, room.retention_messages
        return cls(
            upto=room.last_id - count if count else 0,
            before=timestamp(now - timedelta(days=days)) if days else "",
            young=timestamp(now - timedelta(seconds=YOUNG_SECONDS)),
        )

    def exceeds(self, message_id: int, created: str) -> bool:
        """Return whether a message is to be removed."""
        return created < self.young and (message_id <= self.upto or created < self.before)


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many messages were removed, the oldest that is left, and the highest rev of them."""

    count: int
    first_id: int
    floor: int


@dataclass(frozen=True, slots=True)
class PruneMessages(Change):
    """Remove the oldest messages of a room that its retention does not keep, at most a batch.

    A `node` does it only if no other one is about it.
    """

    deferred: ClassVar[bool] = True

    room: str
    node: str | None = None

    def apply(self, transaction: Transaction) -> Pruned:
        """Remove the messages; raises `NotFound`, or `Conflict` if another node prunes."""
        connection = transaction.connection
        self._claim(connection)
        room = connection.execute(_ROOM.where(Room.name == self.room)).one_or_none()
        if room is None:
            raise NotFound(f"There is no room {self.room!r}.", source="room")
        now = datetime.fromisoformat(transaction.now)
        limits = Limits.of(room, now)
        values = {"room_id": room.id, "first": room.first_id}
        # Only from the beginning, so that the ids that are left have no gaps.
        oldest = connection.execute(_OLDEST, values).all()
        messages = list(takewhile(lambda each: limits.exceeds(each.id, each.created), oldest))
        if not messages:
            return Pruned(0, room.first_id, room.pruned_rev)
        last = messages[-1].id
        floor = max(room.pruned_rev, *(each.rev for each in messages))
        _DELETE.run(connection, {"b_room": room.id, "b_last": last})
        _MOVE.run(connection, {"b_room": room.id, "b_first": last + 1, "b_rev": floor})
        _keep_keys(connection, messages, timestamp(now - timedelta(days=KEY_DAYS)))
        return Pruned(len(messages), last + 1, floor)

    def _claim(self, connection: Connection) -> None:
        if self.node is None or connection.dialect.name == "sqlite":
            return
        if connection.execute(_CLAIM, {"node": self.node}).first() is None:
            raise Conflict("Another node removes old messages.")


def _keep_keys(connection: Connection, messages: Sequence[Any], before: str) -> None:
    """Keep the keys of messages that are not too old, and remove some that are."""
    kept = [
        {"hash": hash_of_key(each.sender, each.key), "created": each.created}
        for each in messages
        if each.key is not None and each.created >= before
    ]
    if kept:
        _KEEP_KEY.run_many(connection, kept)
    connection.execute(_FORGET_KEYS, {"before": before})
