"""The one connection per engine that stays open for short queries on the loop."""

from __future__ import annotations

import itertools
from mmap import mmap
from threading import get_native_id
from typing import Any
from weakref import finalize

from sqlalchemy import Engine, event

from me_api.storage.mark import path_of
from me_api.storage.wal_header import SIZE, map_header

_CONNECTIONS: dict[int, LoopConnection | None] = {}
"""By the id of the engine: a `WeakKeyDictionary` takes half a microsecond more.

None once it was closed.
"""
_NUMBERS = itertools.count()


class LoopConnection:
    """An open connection of the driver, with a number that no other connection ever has."""

    __slots__ = ("_header", "_path", "_seen", "_version", "connection", "number", "thread")

    def __init__(self, connection: Any, path: str | None) -> None:
        self.number = next(_NUMBERS)
        self.connection = connection
        self.thread = get_native_id()
        self._path = path
        self._header: mmap | None = None
        self._seen = b""
        self._version = 0

    def data_version(self) -> int:
        """Return SQLite's version of the data, which every commit changes."""
        header = self._header
        if header is not None:
            # Read first: what is committed now makes the next call ask again.
            seen = header[:SIZE]
            if seen == self._seen:
                return self._version
            self._seen = seen
        ((version,),) = self.connection.execute("PRAGMA data_version")
        self._version = version
        if header is None and self._path is not None:
            # SQLite has mapped the header by now. It is tried once.
            self._header, self._path = map_header(self._path), None
        return self._version


def loop_connection(engine: Engine) -> LoopConnection:
    """Return the engine's connection for short queries, opening it if needed.

    Only for the thread that opened it, and only for queries during which no greenlet waits.
    """
    # A pool would hand the connection out, take it back, and roll back a transaction that was
    # never begun, which costs as much as a short query. As no greenlet waits while it uses the
    # connection, one is enough for all.
    current = _CONNECTIONS.get(id(engine))
    if current is None:
        current = LoopConnection(detached(engine), path_of(engine.url))
        # Once for each engine: while a database cannot be read, each query opens a connection.
        if id(engine) not in _CONNECTIONS:
            finalize(engine, _CONNECTIONS.pop, id(engine), None)
            event.listen(engine, "engine_disposed", close_loop_connection)
        _CONNECTIONS[id(engine)] = current
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
    current = _CONNECTIONS.get(id(engine))
    if current is not None:
        _CONNECTIONS[id(engine)] = None
        current.connection.close()
