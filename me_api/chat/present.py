"""The one presenter: a row of `messages` as every wire shows it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from me_api.chat.models import Message, Room

TOPIC = "chat"

_SHOWN = (
    Message.id,
    Message.rev,
    Message.nick,
    Message.verified,
    Message.text,
    Message.created,
    Message.edited,
    Message.deleted,
    Message.payload,
)


def shown() -> Select[Any]:
    """Select what `message` needs, with the room's name."""
    columns: tuple[Any, ...] = (Room.name.label("room"), *_SHOWN)
    return select(*columns).join(Room, Room.id == Message.room_id)


def message(row: Any) -> dict[str, Any]:
    """Show a message."""
    body = {
        "room": row.room,
        "id": row.id,
        "rev": row.rev,
        "nick": row.nick,
        "verified": row.verified,
        "text": row.text,
        "time": row.created,
        "edited": row.edited,
        "deleted": row.deleted is not None,
    }
    return body if row.payload is None else {**body, "payload": row.payload}


def topic(room: str) -> str:
    """Name a room's topic in the log."""
    return f"{TOPIC}:{room}"
