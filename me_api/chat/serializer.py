"""The serializer of messages: a row of `messages` as every interface sends it."""

from __future__ import annotations

from typing import Any

from orjson import loads
from sqlalchemy import Select, Text, cast, select

from me_api.chat.models import Message, Room

_PLAIN = (
    Message.id,
    Message.rev,
    Message.nick,
    Message.verified,
    Message.text,
    Message.created,
    Message.edited,
    Message.deleted,
)
CELLS: tuple[Any, ...] = (*_PLAIN, cast(Message.payload, Text))
"""The columns that `from_cells` reads, as the driver returns them: the payload is JSON text."""


def select_messages() -> Select[Any]:
    """Return a query of the columns that `from_row` reads."""
    columns: tuple[Any, ...] = (Room.name.label("room"), *_PLAIN, Message.payload)
    return select(*columns).join(Room, Room.id == Message.room_id)


def from_row(row: Any) -> dict[str, Any]:
    """Return the message in a row of `select_messages`."""
    return to_dict(
        row.room,
        row.id,
        row.rev,
        row.nick,
        row.verified,
        row.text,
        row.created,
        row.edited,
        row.deleted,
        row.payload,
    )


def to_dict(
    room: str,
    number: int,
    rev: int,
    nick: str,
    verified: bool,
    text: str | None,
    created: str,
    edited: str | None,
    deleted: str | None,
    payload: Any,
) -> dict[str, Any]:
    """Return a message as clients receive it; only the course's have a payload."""
    body = {
        "room": room,
        "id": number,
        "rev": rev,
        "nick": nick,
        "verified": verified,
        "text": text,
        "time": created,
        "edited": edited,
        "deleted": deleted is not None,
    }
    return body if payload is None else {**body, "payload": payload}


def from_cells(room: str, cells: Any) -> dict[str, Any]:
    """Return the message in a row of `CELLS`."""
    number, rev, nick, verified, text, created, edited, deleted, payload = cells
    verified, payload = bool(verified), payload and loads(payload)
    return to_dict(room, number, rev, nick, verified, text, created, edited, deleted, payload)
