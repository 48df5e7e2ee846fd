"""Reading messages: a page costs the same anywhere, since ids have no holes."""

from __future__ import annotations

from operator import itemgetter
from typing import Any
from urllib.parse import quote

from orjson import loads
from sqlalchemy import bindparam, select

from me_api.auth.identity import Identity
from me_api.chat import rooms
from me_api.chat.feed import topic
from me_api.chat.models import Message
from me_api.chat.schemas import History
from me_api.chat.serializer import CELLS, to_dict
from me_api.concurrency import ClientWait
from me_api.errors import NotFound
from me_api.eventlog import log, timestamp
from me_api.extensions import db
from me_api.storage.json_functions import json_array_of_rows
from me_api.storage.statements import CompiledStatement
from me_api.validation import ChangesQuery

FIRST = itemgetter(0)
_PAGE = CompiledStatement(
    select(json_array_of_rows(*CELLS))
    .where(Message.room_id == bindparam("room_id"))
    .where(Message.id.between(bindparam("low"), bindparam("high")))
)


def page(room: str, place: History, identity: Identity) -> dict[str, Any]:
    """Read a page, oldest first; its `rev` is read before its rows, and safe to continue from."""
    rev = log.delivered
    found = rooms.readable(room, identity)
    low, high = _span(found.id, found.last_id, place)
    return {
        "data": _read(room, found.id, low, high) if place.limit else [],
        "page": _links(room, low, high, found.last_id, place.limit),
        "rev": rev,
        "epoch": log.epoch,
    }


def changes(
    room: str, cursor: ChangesQuery, identity: Identity, patience: ClientWait | None = None
) -> dict[str, Any]:
    """Read what changed after a position; with nothing there yet, wait for it with patience."""
    rooms.readable(room, identity)
    log.check_cursor(cursor.since, cursor.epoch)
    found = log.changes(topic(room), cursor.since, cursor.limit, patience)
    if patience is not None:
        rooms.readable(room, identity)  # It may have been closed to guests meanwhile.
    data = [entry.body for entry in found.entries]
    return {"data": data, "rev": found.upto, "epoch": log.epoch, "more": found.more}


def one(room: str, message_id: int, identity: Identity) -> dict[str, Any]:
    """Read one message; raises `NotFound`."""
    found = rooms.readable(room, identity)
    for row in _read(room, found.id, message_id, message_id):
        return row
    raise NotFound(f"Room {room!r} has no message {message_id}.", source="id")


def _span(room_id: int, last: int, place: History) -> tuple[int, int]:
    """Give the lowest and highest id of a page; empty where the highest is the lower."""
    limit = place.limit
    if place.before is not None:
        high = min(place.before - 1, last)
        return max(1, high - limit + 1), high
    if place.after is not None:
        return place.after + 1, min(place.after + limit, last)
    if place.around is not None:
        low = max(1, place.around - limit // 2)
        return low, min(low + limit - 1, last)
    if place.at is not None:
        low = _first_since(room_id, timestamp(place.at), last)
        return low, min(low + limit - 1, last)
    return max(1, last - limit + 1), last


def _first_since(room_id: int, time: str, last: int) -> int:
    """Find the first message at or after a time; the end where there is none.

    The index gives it at once; the lowest id would be sought in all that came since.
    """
    since = select(Message.id).where(Message.room_id == room_id, Message.created >= time)
    first = since.order_by(Message.created, Message.id).limit(1)
    with db.engine.connect() as connection:
        return connection.execute(first).scalar_one_or_none() or last + 1


def _read(room: str, room_id: int, low: int, high: int) -> list[dict[str, Any]]:
    ((found,),) = _PAGE.rows(db.engine, {"room_id": room_id, "low": low, "high": high})
    rows = loads(found)
    rows.sort(key=FIRST)
    return [
        to_dict(
            room, n, rev, nick, bool(true), text, made, edited, gone, payload and loads(payload)
        )
        for n, rev, nick, true, text, made, edited, gone, payload in rows
    ]


def _links(room: str, low: int, high: int, last: int, limit: int) -> dict[str, str | None]:
    url = f"/chat/rooms/{quote(room)}/messages?limit={limit}"
    older = limit > 0 and low > 1 and last > 0
    newer = limit > 0 and high < last
    return {
        "older": f"{url}&before={low}" if older else None,
        "newer": f"{url}&after={high}" if newer else None,
    }
