"""The changes of rooms: creating, changing and deleting them, in the committer's thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, RowMapping, case, delete, func, insert, select, update

from me_api.auth import audit
from me_api.auth.audit import OPERATOR, Actor, AuditAction
from me_api.auth.moderation_models import BanRow
from me_api.chat.message_batch import room_deleted
from me_api.chat.models import Message, Room
from me_api.errors import Conflict, NotFound
from me_api.eventlog import Change, Transaction

# Messages that were removed have had one, too.
_LAST = select(func.max(Message.rev)).where(Message.room_id == Room.id).scalar_subquery()
_REV = case((Room.pruned_rev < _LAST, _LAST), else_=Room.pruned_rev)
SELECT_ROOMS = select(Room.__table__, _REV.label("rev"))


@dataclass(frozen=True, slots=True)
class CreateRoom(Change):
    """Create a room with a title and its access for guests."""

    name: str
    title: str
    guests: str
    limit: int | None = None
    """How many rooms there may be; None for any number."""

    def apply(self, transaction: Transaction) -> Row[Any]:
        """Insert the room and return its row.

        Raises `Conflict` if the name is taken, or if there are too many rooms.
        """
        known = _find(transaction, self.name)
        if known is not None:
            # Clients may still have messages and cursors of a room that was deleted.
            was = "was one, whose name is not used again" if known.deleted else "is one already"
            raise Conflict(f"There {was}: {self.name!r}.", code="room_exists")
        if self.limit is not None and _count(transaction) >= self.limit:
            raise Conflict(f"There may be {self.limit} rooms here.", code="too_many_rooms")
        _insert(transaction, self.name, self.title, self.guests)
        return _read(transaction, self.name)


@dataclass(frozen=True, slots=True)
class EnsureRooms(Change):
    """Create those of the rooms that do not exist, open to guests."""

    names: tuple[str, ...]

    def apply(self, transaction: Transaction) -> None:
        for name in self.names:
            if _find(transaction, name) is None:
                _insert(transaction, name, name, "post")


@dataclass(frozen=True, slots=True)
class ChangeRoom(Change):
    """Rename a room, archive it or end that, or change its guests' access or its retention.

    `archived` is None to leave it as it is.
    """

    name: str
    values: dict[str, Any]
    archived: bool | None = None
    actor: Actor = OPERATOR

    def apply(self, transaction: Transaction) -> Row[Any]:
        """Update the given columns and return the row; raises `NotFound` or `Gone`.

        Raises what `audit.check_actor` raises.
        """
        audit.check_actor(transaction, self.actor)
        room = _existing(transaction, self.name)
        values = {name: value for name, value in self.values.items() if room[name] != value}
        if self.archived is not None and self.archived != (room["archived"] is not None):
            values["archived"] = transaction.now if self.archived else None
        for name, value in values.items():
            action = _ACTIONS[name]
            if (name, value) == ("archived", None):
                action = "unarchive"
            said = _SAID.get(name, "{value}").format(value=value)
            audit.record(transaction, self.actor, action, said or self.name, None, room=self.name)
        if values:
            if room["guests"] == "none" and "guests" in values:
                values["opened_rev"] = transaction.head
            changed = update(Room).where(Room.name == self.name).values(**values)
            transaction.connection.execute(changed)
            transaction.change_access()
        return _read(transaction, self.name)


_ACTIONS: dict[str, AuditAction] = {
    "title": "rename",
    "guests": "access",
    "archived": "archive",
    "retention_days": "retention",
    "retention_messages": "retention",
}
_SAID = {"archived": "", "retention_days": "{value} days", "retention_messages": "{value} messages"}


@dataclass(frozen=True, slots=True)
class DeleteRoom(Change):
    """Delete a room: from now on nobody reads it, nor finds its messages, which are swept later."""

    name: str
    actor: Actor
    reason: str

    def apply(self, transaction: Transaction) -> int:
        """Return the id of the room; raises `NotFound`, `Gone`, or as `audit.check_actor`."""
        audit.check_actor(transaction, self.actor)
        room = _existing(transaction, self.name)
        audit.record(
            transaction,
            self.actor,
            "delete_room",
            room["title"],
            None,
            room=self.name,
            reason=self.reason,
            count=room["last_id"],
        )
        # Closed to guests, too: servers of the version before do not know `deleted`.
        values = {"deleted": transaction.now, "guests": "none"}
        transaction.connection.execute(update(Room).where(Room.name == self.name).values(**values))
        transaction.connection.execute(delete(BanRow).where(BanRow.room == self.name))
        transaction.change_access()
        return int(room["id"])


@dataclass(frozen=True, slots=True)
class SweepRoom(Change):
    """Delete the rows of some messages of a room that was deleted."""

    room_id: int
    limit: int

    def apply(self, transaction: Transaction) -> int:
        """Return how many were deleted; 0 at the end."""
        oldest = select(Message.id).where(Message.room_id == self.room_id)
        ids = oldest.order_by(Message.id).limit(self.limit)
        gone = delete(Message).where(Message.room_id == self.room_id, Message.id.in_(ids))
        return transaction.connection.execute(gone).rowcount


def _existing(transaction: Transaction, name: str) -> RowMapping:
    """Return a room; raises `NotFound` or `Gone`."""
    room = _find(transaction, name)
    if room is None:
        raise NotFound(f"There is no room {name!r}.", source="room")
    if room.deleted is not None:
        raise room_deleted(name)
    return room._mapping


def _find(transaction: Transaction, name: str) -> Row[Any] | None:
    found = transaction.connection.execute(select(Room.__table__).where(Room.name == name))
    return found.one_or_none()


def _count(transaction: Transaction) -> int:
    existing = select(func.count(Room.id)).where(Room.deleted.is_(None))
    return transaction.connection.execute(existing).scalar_one()


def _read(transaction: Transaction, name: str) -> Row[Any]:
    # Read here: what is stored must not be answered with an error because it cannot be read later.
    return transaction.connection.execute(SELECT_ROOMS.where(Room.name == name)).one()


def _insert(transaction: Transaction, name: str, title: str, guests: str) -> None:
    values = {"name": name, "title": title, "guests": guests, "opened_rev": transaction.head}
    transaction.connection.execute(
        insert(Room).values(**values, last_id=0, created=transaction.now)
    )
    transaction.change_access()
