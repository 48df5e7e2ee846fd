"""Rooms: which there are, who may read them, and how they change."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, func, select

from me_api.auth.identity import Identity
from me_api.chat.feed import topic
from me_api.chat.models import Message, Room
from me_api.chat.presence.registry import PresentConnection, presence
from me_api.chat.room_changes import ChangeRoom, CreateRoom, EnsureRooms
from me_api.errors import Forbidden, NotFound
from me_api.eventlog import log
from me_api.extensions import db
from me_api.storage.statements import CompiledStatement

_REV = (
    select(func.coalesce(func.max(Message.rev), 0))
    .where(Message.room_id == Room.id)
    .scalar_subquery()
)
_ROOMS = select(Room.__table__, _REV.label("rev"))
_NAMED = Room.name == bindparam("name")
_FIND = CompiledStatement(select(Room.id, Room.guests, Room.last_id).where(_NAMED))
_ONE = _ROOMS.where(_NAMED)


class RoomRef(NamedTuple):
    """What a reader needs of a room."""

    id: int
    guests: str
    last_id: int


_CLOSED = select(Room.id, Room.guests).where(Room.guests == "none").order_by(Room.id)


def ensure(names: tuple[str, ...]) -> None:
    """Make the rooms that are missing."""
    log.commit(EnsureRooms(names))


def all_rooms(identity: Identity) -> list[dict[str, Any]]:
    """List the rooms that the caller may read."""
    with db.engine.connect() as connection:
        rooms = connection.execute(_ROOMS.order_by(Room.id)).all()
    return [_present(room) for room in rooms if may_read(room.guests, identity)]


def one_room(name: str, identity: Identity) -> dict[str, Any]:
    """Show a room; raises `NotFound`, or `Forbidden` where guests may not read."""
    with db.engine.connect() as connection:
        room = connection.execute(_ONE, {"name": name}).one_or_none()
    if room is None:
        raise _missing(name)
    _check(name, room.guests, identity)
    return _present(room)


def create(name: str, title: str | None, guests: str, identity: Identity) -> dict[str, Any]:
    """Make a room; raises `Conflict` where there is one of that name."""
    log.commit(CreateRoom(name, title or name, guests))
    _apply_guest_access(name, guests)
    return one_room(name, identity)


def change(name: str, values: dict[str, Any], identity: Identity) -> dict[str, Any]:
    """Change a room, as the owner; one closed to guests sends its guests away."""
    if not identity.is_owner:
        raise Forbidden("Only the owner may change a room.")
    log.commit(ChangeRoom(name, values))
    if "guests" in values:
        _apply_guest_access(name, values["guests"])
    return one_room(name, identity)


def members(name: str, identity: Identity) -> list[dict[str, Any]]:
    """List who is in a room."""
    readable(name, identity)
    return presence.members(name)


def readable(name: str, identity: Identity) -> RoomRef:
    """Find a room that the caller may read; raises `NotFound` or `Forbidden`."""
    found = find(name)
    _check(name, found.guests, identity)
    return found


def find(name: str) -> RoomRef:
    """Find a room, whoever asks; raises `NotFound`."""
    found = log.cached(("room", name), lambda: _read(name))
    if found is None:
        raise _missing(name)
    return found


def readable_names(names: set[str], identity: Identity) -> set[str]:
    """Keep the names of rooms that exist and that the caller may read."""
    wanted = frozenset(names)
    found = log.cached(("rooms", wanted), lambda: [(name, _read(name)) for name in wanted])
    return {name for name, room in found if room and may_read(room.guests, identity)}


def closed_ids(identity: Identity) -> list[int]:
    """List the rooms that the caller may not read."""
    found = log.cached("closed rooms", _closed)
    return [number for number, guests in found if not may_read(guests, identity)]


def _closed() -> list[tuple[int, str]]:
    with db.engine.connect() as connection:
        return [(room.id, room.guests) for room in connection.execute(_CLOSED)]


def may_read(guests: str, identity: Identity) -> bool:
    """Tell whether the caller may read a room where guests may do this."""
    return guests != "none" or identity.user is not None


def _read(name: str) -> RoomRef | None:
    rows = _FIND.rows(db.engine, {"name": name})
    return RoomRef(*rows[0]) if rows else None


def _check(name: str, guests: str, identity: Identity) -> None:
    if not may_read(guests, identity):
        raise Forbidden(f"Room {name!r} is closed to guests.", code="members_only")


def _missing(name: str) -> NotFound:
    return NotFound(f"There is no room {name!r}.", source="room")


def _apply_guest_access(name: str, guests: str) -> None:
    """Let those hear a room, at once, who may now, where they need not ask; and nobody else."""
    for visitor in presence.connections(name):
        if visitor.is_guest and guests == "none":
            _remove_guest(visitor, name)
    for visitor in tuple(presence.hidden):
        if visitor.is_guest and guests == "none":
            visitor.revoke(topic(name))
        else:
            visitor.grant(topic(name))


def _remove_guest(visitor: PresentConnection, name: str) -> None:
    visitor.revoke(topic(name))
    presence.remove(name, visitor)
    count = presence.count(name)
    presence.send([visitor], "left", {"room": name, "nick": visitor.nick, "members": count})


def _present(room: Row[Any]) -> dict[str, Any]:
    return {
        "name": room.name,
        "title": room.title,
        "guests": room.guests,
        "rev": room.rev,
        "last_id": room.last_id,
        "members": presence.count(room.name),
        "created": room.created,
    }
