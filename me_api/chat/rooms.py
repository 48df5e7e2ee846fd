"""The use cases of rooms: listing, creating, changing and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from sqlalchemy import Row, bindparam, exists, select

from me_api.auth.audit import Actor
from me_api.auth.bans import bans
from me_api.auth.identity import Identity
from me_api.chat import access
from me_api.chat.guests import apply_guest_access
from me_api.chat.message_batch import room_deleted
from me_api.chat.models import Message, Room
from me_api.chat.presence.registry import presence
from me_api.chat.room_changes import (
    SELECT_ROOMS,
    ChangeRoom,
    CreateRoom,
    DeleteRoom,
    EnsureRooms,
    SweepRoom,
)
from me_api.errors import Conflict, Forbidden
from me_api.eventlog import log
from me_api.extensions import db, settings
from me_api.metrics import metrics

_ONE = SELECT_ROOMS.where(Room.name == bindparam("name"))
_EXISTING = SELECT_ROOMS.where(Room.deleted.is_(None)).order_by(Room.id)
_SWEEP = select(Room.id).where(
    Room.deleted.is_not(None), exists(select(Message.id).where(Message.room_id == Room.id))
)
BATCH = 128
"""Messages of a deleted room that are deleted in one transaction."""


def ensure(names: tuple[str, ...]) -> None:
    """Create those of the rooms that do not exist; returns once they are on disk."""
    if missing := tuple(name for name in names if access.read(name) is None):
        log.commit(EnsureRooms(missing))


def all_rooms(identity: Identity) -> list[dict[str, Any]]:
    """Return the rooms that the caller may read, oldest first.

    Raises `Forbidden` for a token that may not read.
    """
    identity.require("read")
    rows = log.cached("rooms", existing)
    return [_to_dict(room) for room in rows if access.may_read(room.name, room.guests, identity)]


def existing() -> Sequence[Row[Any]]:
    """Return the rows of all rooms that were not deleted, oldest first."""
    with db.engine.connect() as connection:
        return connection.execute(_EXISTING).all()


def one_room(name: str, identity: Identity) -> dict[str, Any]:
    """Return a room; raises `NotFound`, or `Forbidden` if the caller may not read it."""
    identity.require("read", name)
    with db.engine.connect() as connection:
        room = connection.execute(_ONE, {"name": name}).one_or_none()
    if room is None:
        raise access.missing(name)
    if room.deleted is not None:
        raise room_deleted(name)
    access.check(name, room.guests, identity)
    return _to_dict(room)


def create(name: str, title: str | None, guests: str, identity: Identity) -> dict[str, Any]:
    """Create a room and return it; raises `Conflict` if the name is taken, or there are too many.

    The owner may create any number. Raises `Forbidden` for a token that may not create rooms.
    """
    identity.require("rooms", name)
    bans.check(identity)
    limit = None if identity.is_owner else settings.room_limit
    try:
        room = log.commit(CreateRoom(name, title or name, guests, limit))
    except Conflict as error:
        if error.code == "too_many_rooms":
            metrics.count_refusal("rooms")
        raise
    apply_guest_access(name, guests)
    return _to_dict(room)


def change(name: str, values: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Change a room and return it; closing it to guests removes them from it.

    Moderators may rename a room, archive it and end that; raises `Forbidden` for the rest, unless
    the actor is an owner, `NotFound` or `Gone`.
    """
    values = dict(values)
    archived = values.pop("archived", None)
    owners_alone = values.keys() - {"title"}
    if not (actor.role == "owner" or (actor.role == "moderator" and not owners_alone)):
        raise Forbidden("Only the owner may change a room.")
    return _to_dict(log.commit(ChangeRoom(name, values, archived, actor)))


def remove(name: str, reason: str, actor: Actor) -> None:
    """Delete a room. Nobody reads it any more when this returns; its messages go after that.

    Raises `NotFound`, `Gone`, `Forbidden` unless the actor is an owner, or `Conflict` for a room of
    the settings.
    """
    if actor.role != "owner":
        raise Forbidden("Only the owner may delete a room.")
    if name in (*settings.rooms, settings.course_room):
        detail = f"Room {name!r} is one of ME_API_ROOMS, or that of the course: it stays."
        raise Conflict(detail, code="room_needed")
    log.commit(DeleteRoom(name, actor, reason))


def sweep() -> None:
    """Delete the messages of rooms that were deleted, in batches between which others write."""
    with db.engine.connect() as connection:
        deleted = connection.execute(_SWEEP).scalars().all()
    for room_id in deleted:
        while log.commit(SweepRoom(room_id, BATCH)):
            pass


def members(name: str, identity: Identity) -> list[dict[str, Any]]:
    """Return the members of a room; raises `NotFound` or `Forbidden`."""
    access.readable(name, identity)
    return presence.members(name)


@lru_cache
def path(name: str) -> str:
    """Return the path of a room."""
    return f"/chat/rooms/{quote(name)}"


def _to_dict(room: Row[Any]) -> dict[str, Any]:
    return {
        "name": room.name,
        "title": room.title,
        "guests": room.guests,
        "rev": room.rev,
        "first_id": room.first_id,
        "last_id": room.last_id,
        "members": presence.count(room.name),
        "created": room.created,
        "archived": room.archived,
        "retention_days": room.retention_days,
        "retention_messages": room.retention_messages,
    }
