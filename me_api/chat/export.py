"""A whole room as NDJSON, a page at a time: any size in the memory of one page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from orjson import OPT_APPEND_NEWLINE, dumps
from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from me_api.chat.models import Message
from me_api.chat.rooms import RoomRef
from me_api.chat.serializer import CELLS, from_cells
from me_api.eventlog import log
from me_api.storage.statements import CompiledStatement

PAGE = 256

_PAGE = CompiledStatement(
    select(*CELLS)
    .where(Message.room_id == bindparam("room_id"))
    .where(Message.id.between(bindparam("low"), bindparam("high")))
    .order_by(Message.id)
)


def lines(room: str, find: Callable[[], RoomRef]) -> Iterator[bytes]:
    """Give the messages that a room has now, each as it is when its page is read.

    `find` finds the room, or raises why it may not be read any more; it is asked for every page.
    """
    place = find()
    for low in range(1, place.last_id + 1, PAGE):
        find()
        high = min(low + PAGE - 1, place.last_id)
        yield log.background.run(partial(_page, room, place.id, low, high))


def _page(room: str, room_id: int, low: int, high: int, connection: Connection) -> bytes:
    """Read and write a page, in a native thread."""
    rows = _PAGE.run(connection, {"room_id": room_id, "low": low, "high": high})
    return b"".join([dumps(from_cells(room, row), option=OPT_APPEND_NEWLINE) for row in rows])
