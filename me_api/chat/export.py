"""The export of a room as NDJSON, read page by page, so that its memory is bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from orjson import OPT_APPEND_NEWLINE, dumps
from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from me_api.chat.access import RoomRef
from me_api.chat.models import Message
from me_api.chat.serializer import CELLS, from_cells
from me_api.eventlog import log
from me_api.extensions import pools
from me_api.storage.statements import CompiledStatement

PAGE = 256
"""Messages that are read at a time."""

_PAGE = CompiledStatement(
    select(*CELLS)
    .where(Message.room_id == bindparam("room_id"))
    .where(Message.id.between(bindparam("low"), bindparam("high")))
    .order_by(Message.id)
)


def lines(room: str, find: Callable[[], RoomRef]) -> Iterator[bytes]:
    """Yield the messages that a room has now, page by page, one JSON object on each line.

    `find` returns the room, or raises an `ApiError` if it cannot be read any more. A message that
    changes meanwhile is exported as it is when its page is read. Blocks this greenlet only. Raises
    `Busy` for the first page if too many exports are being read.
    """
    ref = find()
    for low in range(ref.first_id, ref.last_id + 1, PAGE):
        # Checked for every page: the room may have been closed meanwhile, or the token ended.
        find()
        high = min(low + PAGE - 1, ref.last_id)
        read = partial(_page, room, ref.id, low, high)
        # Once begun, an export is not refused any more: at worst, each of the others is one page
        # ahead of it.
        page = log.background.read(pools.export, read, admitted=low > ref.first_id)
        # What is removed meanwhile is left out, and a chunk without bytes would be the last.
        if page:
            yield page


def _page(room: str, room_id: int, low: int, high: int, connection: Connection) -> bytes:
    # Runs in a native thread: encoding a page would stop the event loop for too long.
    rows = _PAGE.run(connection, {"room_id": room_id, "low": low, "high": high})
    return b"".join([dumps(from_cells(room, row), option=OPT_APPEND_NEWLINE) for row in rows])
