"""The working set of a batch of message changes, on which they are decided in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from operator import attrgetter
from typing import Any, NamedTuple

from orjson import dumps, loads

from me_api.chat.feed import topic
from me_api.chat.serializer import from_row
from me_api.errors import Forbidden, Gone, NotFound
from me_api.eventlog import BatchDraft


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

    def cells(self) -> tuple[Any, ...]:
        """Return the values of `COLUMNS` for the driver, with the payload as JSON text."""
        if self.payload is None:
            return _cells(self)
        return tuple(self.values(COLUMNS).values())

    def values(self, names: Iterable[str]) -> dict[str, Any]:
        """Return these columns as values for the driver, with the payload as JSON text."""
        payload = None if self.payload is None else dumps(self.payload).decode()
        return {name: getattr(self, name) for name in names} | {"payload": payload}


COLUMNS = tuple(name for name in MessageRow.__slots__ if name != "room")
_cells: Callable[[MessageRow], tuple[Any, ...]] = attrgetter(*COLUMNS)
CHANGING = ("rev", "text", "fingerprint", "edited", "deleted")
"""The columns that an edit or a deletion may change, besides the payload."""


class RoomRow(NamedTuple):
    """The columns of `rooms` that a batch decides on."""

    name: str
    id: int
    guests: str
    last_id: int
    archived: str | None
    deleted: str | None
    first_id: int


class NickCheck(NamedTuple):
    """A folded nick that a sender posts under, who is not connected with it to this node."""

    folded: str
    sender: str
    node: str


@dataclass(slots=True)
class MessageBatch:
    """The rooms and messages that a batch has read, and the rows that it is about to write.

    `rows` are known by room and id, `keys` by sender and idempotency key; `last_ids` include the
    messages that are created.
    """

    draft: BatchDraft
    rooms: dict[str, RoomRow]
    last_ids: dict[str, int]
    rows: dict[tuple[str, int], MessageRow]
    keys: dict[tuple[str, str], MessageRow]
    created: list[MessageRow] = field(default_factory=list)
    changed: dict[tuple[str, int], MessageRow] = field(default_factory=dict)
    taken: set[tuple[str, str]] = field(default_factory=set)
    """Folded nicks that others use on other nodes, with the senders who post under them."""
    spent: set[str] = field(default_factory=set)
    """Hashes of the keys of messages that were removed."""

    @classmethod
    def of(
        cls,
        draft: BatchDraft,
        rooms: dict[str, RoomRow],
        by_key: list[MessageRow],
        by_id: Iterable[MessageRow],
    ) -> MessageBatch:
        """Return the batch of what was read: rooms, and messages by their keys and ids."""
        rows = {(row.room, row.id): row for row in by_key}
        for row in by_id:
            # A message that was found by its key, too, must stay one object in both indexes.
            rows.setdefault((row.room, row.id), row)
        keys = {(row.sender, row.key or ""): row for row in by_key}
        last_ids = {name: room.last_id for name, room in rooms.items()}
        return cls(draft, rooms, last_ids, rows, keys)

    def may_have_spent(self, keys: set[tuple[str, str]]) -> list[str]:
        """Return the hashes of the keys that messages may have had that were removed."""
        if all(room.first_id == 1 for room in self.rooms.values()):
            return []
        return [hash_of_key(*key) for key in keys if key not in self.keys]

    def changed_before(self) -> list[MessageRow]:
        """Return the changed rows that existed before; one that is new is stored as it is now."""
        if not self.changed:
            return []
        new = {(row.room, row.id) for row in self.created}
        return [row for place, row in self.changed.items() if place not in new]

    def room(self, name: str) -> RoomRow:
        """Return a room; raises `NotFound`, or `Gone` if it was deleted."""
        if name not in self.rooms:
            raise NotFound(f"There is no room {name!r}.", source="room")
        if self.rooms[name].deleted is not None:
            raise room_deleted(name)
        return self.rooms[name]

    def check_open(self, name: str) -> None:
        """Raise `Forbidden` if a room is archived."""
        if self.room(name).archived is not None:
            raise room_archived(name)

    def find(self, room: str, message_id: int) -> MessageRow:
        """Return a message, as the batch has changed it so far; raises `NotFound`."""
        self.room(room)
        if (room, message_id) not in self.rows:
            raise NotFound(f"Room {room!r} has no message {message_id}.", source="id")
        return self.rows[room, message_id]

    def record(self, row: MessageRow) -> dict[str, Any]:
        """Assign the next position to a row, which is published after the commit; return it."""
        row.rev = self.draft.next_rev()
        body = from_row(row)
        self.draft.publish_after_commit(row.rev, topic(row.room), row.id, body, row.created_rev)
        return body


def room_deleted(name: str) -> Gone:
    """Return the error for a room that was deleted."""
    return Gone(f"Room {name!r} was deleted.", code="room_deleted", source="room")


def room_archived(name: str) -> Forbidden:
    """Return the error for writing in a room that is archived."""
    return Forbidden(f"Room {name!r} is archived: it can only be read.", code="room_archived")


def guests_only_read(name: str) -> Forbidden:
    """Return the error for a guest who writes in a room where guests may not."""
    return Forbidden(f"Guests may not write in {name!r}.", code="members_only")


def hash_of_key(sender: str, key: str) -> str:
    """Return the hash by which the key of a removed message is known."""
    return sha256(f"{sender}\0{key}".encode()).hexdigest()


def to_rows(cells: Iterable[Any]) -> list[MessageRow]:
    """Return the rows of cells as the driver returns them, the room's name first."""
    rows = [MessageRow(*each) for each in cells]
    for row in rows:
        row.verified = bool(row.verified)
        row.payload = row.payload and loads(row.payload)
    return rows
