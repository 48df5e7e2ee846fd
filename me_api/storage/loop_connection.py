"""The one connection that is kept open for short readings on the loop."""

from __future__ import annotations

import itertools
from threading import get_native_id
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event

_CONNECTIONS: WeakKeyDictionary[Engine, LoopConnection] = WeakKeyDictionary()
_NUMBERS = itertools.count()


class LoopConnection(NamedTuple):
    """A connection that is kept open; no other one ever has the same number."""

    number: int
    connection: Any
    thread: int


def loop_connection(engine: Engine) -> LoopConnection:
    """Give the driver's connection that is kept for short readings on the loop.

    A pool hands out and takes back, and ends a transaction that there is not; that costs as much as
    a short reading. Nobody waits while it is in use, so one is enough. Other threads take another.
    """
    found = _CONNECTIONS.get(engine)
    if found is None:
        connection = engine.raw_connection()
        connection.detach()
        found = _CONNECTIONS[engine] = LoopConnection(
            next(_NUMBERS), connection.dbapi_connection, get_native_id()
        )
        event.listen(engine, "engine_disposed", close_loop_connection, once=True)
    assert found.thread == get_native_id(), "this connection is the loop's"
    return found


def close_loop_connection(engine: Engine) -> None:
    """Close the connection that is kept."""
    found = _CONNECTIONS.pop(engine, None)
    if found is not None:
        found.connection.close()
