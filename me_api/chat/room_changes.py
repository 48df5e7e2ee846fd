"""The changes of rooms: creating and changing them, decided in the committer's thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from me_api.chat.models import Message, Room
from me_api.errors import Conflict, NotFound
from me_api.eventlog import Change, Transaction

_REV = (
    select(func.coalesce(func.max(Message.rev), 0))
    .where(Message.room_id == Room.id)
    .scalar_subquery()
)
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
        if _exists(transaction, self.name):
            raise Conflict(f"There is a room {self.name!r} already.", code="room_exists")
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
            if not _exists(transaction, name):
                _insert(transaction, name, name, "post")


@dataclass(frozen=True, slots=True)
class ChangeRoom(Change):
    """Change the title of a room, or what guests may do in it."""

    name: str
    values: dict[str, Any]

    def apply(self, transaction: Transaction) -> Row[Any]:
        """Update the given columns and return the row; raises `NotFound`."""
        if not _exists(transaction, self.name):
            raise NotFound(f"There is no room {self.name!r}.", source="room")
        if self.values:
            room = update(Room).where(Room.name == self.name)
            transaction.connection.execute(room.values(**self.values))
            transaction.change_access()
        return _read(transaction, self.name)


def _exists(transaction: Transaction, name: str) -> bool:
    found = transaction.connection.execute(select(Room.id).where(Room.name == name))
    return found.first() is not None


def _count(transaction: Transaction) -> int:
    return transaction.connection.execute(select(func.count(Room.id))).scalar_one()


def _read(transaction: Transaction, name: str) -> Row[Any]:
    # Read here: what is stored must not be answered with an error because it cannot be read later.
    return transaction.connection.execute(SELECT_ROOMS.where(Room.name == name)).one()


def _insert(transaction: Transaction, name: str, title: str, guests: str) -> None:
    values = {"name": name, "title": title, "guests": guests}
    transaction.connection.execute(
        insert(Room).values(**values, last_id=0, created=transaction.now)
    )
    transaction.change_access()
