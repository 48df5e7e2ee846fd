"""Reading messages: pages of history, single messages, and changes since a position.

The ids of a room have no gaps, so a page is a range of ids and costs the same anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import Any, Protocol

from orjson import loads
from sqlalchemy import bindparam, select

from me_api.auth.identity import Identity
from me_api.chat import access, message_json, rooms
from me_api.chat.access import RoomRef
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


class CallerWait(ClientWait, Protocol):
    """How long a caller waits, whose identity may change meanwhile."""

    identity: Identity


def page(room: str, query: History, identity: Identity) -> dict[str, Any]:
    """Return a page of history, oldest first; raises `NotFound` or `Forbidden`."""
    return _page(room, query, identity, _read)


def published_page(room: str, query: History, identity: Identity) -> dict[str, Any]:
    """Return a page of which everything has been published: live clients have the events of it.

    Raises what `page` raises.
    """
    made = page(room, query, identity)
    if any(message["rev"] > log.delivered for message in made["data"]):
        log.tail.catch_up()
    return made


def encoded_page(room: str, query: History, identity: Identity) -> dict[str, Any]:
    """Return a page of history whose messages are JSON already, where the database makes it.

    Raises what `page` raises.
    """
    engine = db.engine
    if engine.dialect.name != "sqlite":
        return page(room, query, identity)
    return _page(room, query, identity, partial(message_json.read_page, engine))


def _page(
    room: str, query: History, identity: Identity, read: Callable[[str, int, int, int], Any]
) -> dict[str, Any]:
    # Read before the rows: reading changes from here on may repeat some, and misses none.
    rev = log.delivered
    ref = access.readable(room, identity)
    low, high = _span(ref, query)
    return {
        "data": read(room, ref.id, low, high) if query.limit else [],
        "page": _links(ref, room, low, high, query.limit),
        "rev": rev,
        "epoch": log.epoch,
    }


def changes(
    room: str, cursor: ChangesQuery, identity: Identity, client_wait: CallerWait | None = None
) -> dict[str, Any]:
    """Return the messages that changed after a position, in the order of their last change.

    With a `client_wait`, an empty answer is delayed until there is a change or the wait is over.
    Raises `NotFound`, `Forbidden`, `Gone` for a position that is not of this log, or `Unauthorized`
    if the token ends during the wait.
    """
    access.readable(room, identity)
    log.check_cursor(cursor.since, cursor.epoch)
    page = log.changes(topic(room), cursor.since, cursor.limit, client_wait)
    if client_wait is not None:
        # The room may have been closed to guests during the wait.
        access.readable(room, client_wait.identity)
    data = [entry.body for entry in page.entries]
    return {"data": data, "rev": page.upto, "epoch": log.epoch, "more": page.more}


def one(room: str, message_id: int, identity: Identity) -> dict[str, Any]:
    """Return one message; raises `NotFound` or `Forbidden`."""
    ref = access.readable(room, identity)
    for row in _read(room, ref.id, message_id, message_id):
        return row
    raise NotFound(f"Room {room!r} has no message {message_id}.", source="id")


def _span(ref: RoomRef, query: History) -> tuple[int, int]:
    """Return the lowest and highest id of a page; it is empty if the highest is less."""
    limit, first, last = query.limit, ref.first_id, ref.last_id
    if query.before is not None:
        high = min(query.before - 1, last)
        return max(first, high - limit + 1), high
    if query.after is not None:
        low = max(first, query.after + 1)
    elif query.around is not None:
        low = max(first, query.around - limit // 2)
    elif query.at is not None:
        low = _first_since(ref.id, timestamp(query.at), last)
    else:
        return max(first, last - limit + 1), last
    return low, min(low + limit - 1, last)


def _first_since(room_id: int, time: str, last: int) -> int:
    """Return the id of the first message at or after a time; if there is none, the next id."""
    # Ordered by time, the index has it first; min(id) would read all rows since then.
    since = select(Message.id).where(Message.room_id == room_id, Message.created >= time)
    first = since.order_by(Message.created, Message.id).limit(1)
    with db.engine.connect() as connection:
        return connection.execute(first).scalar_one_or_none() or last + 1


def _read(room: str, room_id: int, low: int, high: int) -> list[dict[str, Any]]:
    ((text,),) = _PAGE.rows(db.engine, {"room_id": room_id, "low": low, "high": high})
    rows = loads(text)
    # The database does not promise an order of the array's items.
    rows.sort(key=FIRST)
    return [
        to_dict(
            room, n, rev, nick, bool(verified), text, created, edited, deleted, raw and loads(raw)
        )
        for n, rev, nick, verified, text, created, edited, deleted, raw in rows
    ]


def _links(ref: RoomRef, room: str, low: int, high: int, limit: int) -> dict[str, str | None]:
    url = f"{rooms.path(room)}/messages?limit={limit}"
    older = limit > 0 and low > ref.first_id and ref.last_id > 0
    newer = limit > 0 and high < ref.last_id
    return {
        "older": f"{url}&before={low}" if older else None,
        "newer": f"{url}&after={high}" if newer else None,
    }
