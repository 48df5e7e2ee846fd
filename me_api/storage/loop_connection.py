"""The one connection per engine that stays open for short queries on the loop."""

from __future__ import annotations

import itertools
from threading import get_native_id
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event

_CONNECTIONS: WeakKeyDictionary[Engine, LoopConnection] = WeakKeyDictionary()
_NUMBERS = itertools.count()


class LoopConnection(NamedTuple):
    """An open connection of the driver, with a number that no other connection ever has."""

    number: int
    connection: Any
    thread: int


def loop_connection(engine: Engine) -> LoopConnection:
    """Return the engine's connection for short queries, opening it if needed.

    Only for the thread that opened it, and only for queries during which no greenlet waits.
    """
    # A pool would hand the connection out, take it back, and roll back a transaction that was
    # never begun, which costs as much as a short query. As no greenlet waits while it uses the
    # connection, one is enough for all.
    current = _CONNECTIONS.get(engine)
    if current is None:
        current = _CONNECTIONS[engine] = LoopConnection(
            next(_NUMBERS), detached(engine), get_native_id()
        )
        event.listen(engine, "engine_disposed", close_loop_connection, once=True)
    assert current.thread == get_native_id(), "this connection is the loop's"
    return current


def detached(engine: Engine) -> Any:
    """Open a connection of the driver that belongs to the caller; raise what SQLAlchemy raises."""
    # Not `raw_connection`, which raises the driver's own errors.
    connection = engine.connect()
    connection.detach()
    return connection.connection.dbapi_connection


def close_loop_connection(engine: Engine) -> None:
    """Close the engine's connection for short queries, if it is open."""
    current = _CONNECTIONS.pop(engine, None)
    if current is not None:
        current.connection.close()
