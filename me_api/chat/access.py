"""Which rooms a caller may read, and finding them; each is cached until the next commit."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, select

from me_api.auth.bans import bans
from me_api.auth.identity import Identity
from me_api.chat.message_batch import guests_only_read, room_archived, room_deleted
from me_api.chat.models import Room
from me_api.errors import Forbidden, NotFound
from me_api.eventlog import log
from me_api.extensions import db
from me_api.storage.statements import CompiledStatement

FEW_ROOMS = 10
"""Up to so many rooms, a compiled statement for each is faster than one with a list of names."""
_FIND = CompiledStatement(
    select(Room.id, Room.guests, Room.last_id, Room.deleted, Room.first_id, Room.archived).where(
        Room.name == bindparam("name")
    )
)
_GUESTS = select(Room.name, Room.guests).where(
    Room.name.in_(bindparam("names", expanding=True)), Room.deleted.is_(None)
)
entered: set[str] = set()
"""Rooms that guests were allowed to read since access was last applied here."""
_ACCESS = select(Room.id, Room.name, Room.guests, Room.deleted).order_by(Room.id)


class RoomRef(NamedTuple):
    """The columns of a room that reading its messages needs, and deciding who may write."""

    id: int
    guests: str
    last_id: int
    deleted: str | None
    first_id: int
    archived: str | None


def readable(name: str, identity: Identity) -> RoomRef:
    """Return a room that the caller may read; raises `NotFound` or `Forbidden`."""
    # First: a token for some rooms does not reveal which others there are.
    identity.require("read", name)
    return open_to(name, identity)


def open_to(name: str, identity: Identity) -> RoomRef:
    """Return a room that the caller may enter, whatever their token allows there.

    Raises `NotFound` or `Forbidden`.
    """
    room = find(name)
    check(name, room.guests, identity)
    return room


def check_writable(name: str, identity: Identity) -> None:
    """Raise what a post in a room would raise, whatever its text."""
    identity.check("post", name)
    room = open_to(name, identity)
    if identity.user is None and room.guests != "post":
        raise guests_only_read(name)
    if room.archived is not None:
        raise room_archived(name)


def find(name: str) -> RoomRef:
    """Return a room without checking access; raises `NotFound`, or `Gone` if it was deleted."""
    room = log.cached(("room", name), lambda: read(name))
    if room is None:
        raise missing(name)
    if room.deleted is not None:
        raise room_deleted(name)
    return room


def readable_names(names: set[str], identity: Identity) -> set[str]:
    """Return those of the names whose rooms exist and that the caller may read."""
    wanted = frozenset(names)
    # Cached as a set: thousands of clients that reconnect at once are in the same few rooms.
    guests = log.cached(("guests", wanted), lambda: _read_guests(wanted))
    return {name for name, allowed in guests.items() if may_read(name, allowed, identity)}


def closed_ids(identity: Identity) -> list[int]:
    """Return the ids of the rooms that the caller may not read.

    Raises `Forbidden` for a token that may not read.
    """
    identity.require("read")
    some = log.cached("access of rooms", _read_access)
    return [
        room.id for room in some if room.deleted or not may_read(room.name, room.guests, identity)
    ]


def _read_access() -> list[Row[Any]]:
    with db.engine.connect() as connection:
        return list(connection.execute(_ACCESS))


def may_read(name: str, guests: str, identity: Identity) -> bool:
    """Return whether the caller may read a room with this access for guests.

    Notes in `entered` that guests may.
    """
    opened = identity.is_member or _open_to_guests(name, guests)
    return opened and identity.may("read", name) and bans.find(identity, name) is None


def read(name: str) -> RoomRef | None:
    """Return a room, also one that was deleted, as it is on disk; None if there is none."""
    rows = _FIND.rows(db.engine, {"name": name})
    return RoomRef(*rows[0]) if rows else None


def _read_guests(names: frozenset[str]) -> dict[str, str]:
    """Return what guests may do in each of these rooms that exists."""
    if len(names) <= FEW_ROOMS:
        found = {name: room for name in names if (room := read(name))}
        return {name: room.guests for name, room in found.items() if room.deleted is None}
    with db.engine.connect() as connection:
        rows = connection.execute(_GUESTS, {"names": list(names)})
        return {room.name: room.guests for room in rows}


def check(name: str, guests: str, identity: Identity) -> None:
    """Raise `Banned`, or `Forbidden` if the room is closed to a caller that is a guest."""
    bans.check(identity, name)
    if not (identity.is_member or _open_to_guests(name, guests)):
        identity.check_token()
        raise Forbidden(f"Room {name!r} is closed to guests.", code="members_only")


def _open_to_guests(name: str, guests: str) -> bool:
    """Return whether guests may read a room; note that they were allowed to."""
    if guests == "none":
        return False
    entered.add(name)
    return True


def missing(name: str) -> NotFound:
    """Return the error for a room that does not exist."""
    return NotFound(f"There is no room {name!r}.", source="room")
