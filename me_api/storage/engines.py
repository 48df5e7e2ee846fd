"""The database engines: one connection writes, all others are read-only."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from me_api.concurrency import Loop
from me_api.storage import postgresql
from me_api.storage.loop_connection import close_loop_connection, loop_connection
from me_api.storage.loop_pool import pool_on
from me_api.storage.mark import path_of
from me_api.storage.simple_query import UndividedCursor
from me_api.storage.statements import run_sql

logger = logging.getLogger(__name__)

WRITE_TIMEOUT = 5.0
"""Seconds that the committer waits for another process to unlock an SQLite database."""

READ_TIMEOUT = 0.1
"""Seconds that a reader waits for a lock; it blocks the whole loop meanwhile."""


def reader_options(url: str | URL, loop: Loop) -> dict[str, Any]:
    """Return the engine options for readers on the loop.

    Each statement is a transaction of its own, and sees what has been committed before it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_reader_options()
    return {
        "isolation_level": "AUTOCOMMIT",
        "poolclass": pool_on(loop),
        "creator": postgresql.connector(
            parsed, "reader", postgresql.SHORT_READS, postgresql.READ_SECONDS
        ),
    }


def _sqlite_reader_options() -> dict[str, Any]:
    # In WAL mode a reader needs a lock only while another process opens or closes the database, so
    # it can wait briefly; and it must, because SQLite's waiting stops the loop.
    return {
        "isolation_level": "AUTOCOMMIT",
        "connect_args": {"timeout": READ_TIMEOUT, "check_same_thread": False},
    }


def make_read_only(engine: Engine) -> None:
    """Make all connections of an SQLite engine refuse writes. Others have an option for that."""
    if engine.dialect.name == "sqlite":
        keep_private(engine)
        event.listen(engine, "connect", _pragmas("query_only=1"))


def keep_private(engine: Engine) -> None:
    """Create an SQLite file that is missing readable by this account only, before it is opened."""
    path = path_of(engine.url)
    if path is None or engine.url.query.get("mode", "rwc") != "rwc":
        return

    def create(*_: Any) -> None:
        # SQLite would create it for everybody, and gives `-wal` and `-shm` the mode of the file.
        # An existing file is not opened: closing it would end all locks that SQLite has on it.
        # What else fails, SQLite will say.
        with suppress(OSError):
            os.close(os.open(os.path.realpath(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))

    event.listen(engine, "do_connect", create)


def data_version(engine: Engine) -> tuple[int, int] | None:
    """Return a value that changes with every commit of any process; None if there is none.

    Only SQLite has one, and reads it in microseconds.
    """
    if engine.dialect.name != "sqlite":
        return None
    try:
        reader = loop_connection(engine)
        # It changes when another connection has committed, which every commit is: this one is
        # read-only. The numbers of two connections cannot be compared (sqlite.org/pragma.html,
        # data_version), so the number of the connection is part of the value.
        return reader.number, reader.data_version()
    except (DBAPIError, engine.dialect.loaded_dbapi.Error) as error:
        logger.warning("the database's version cannot be read: %s", error)
        close_loop_connection(engine)
        return None


def background_engine(url: str | URL) -> Engine:
    """Create the read-only engine for native threads, without a pool."""
    options: dict[str, Any] = _sqlite_reader_options()
    if (parsed := make_url(url)).get_backend_name() != "sqlite":
        del options["connect_args"]
        options["creator"] = postgresql.connector(
            parsed, "background", postgresql.READ_ONLY, postgresql.BACKGROUND_SECONDS
        )
    engine = create_engine(url, poolclass=NullPool, **options)
    make_read_only(engine)
    return engine


def writer_engine(url: str | URL, seconds: float | None = None) -> Engine:
    """Create the committer's engine; PostgreSQL has so many seconds for each statement.

    The committer begins and ends transactions itself: AUTOCOMMIT keeps the driver from doing it.
    """
    options: dict[str, Any] = {"poolclass": NullPool, "isolation_level": "AUTOCOMMIT"}
    if (parsed := make_url(url)).get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": WRITE_TIMEOUT, "check_same_thread": False}
    else:
        options["creator"] = postgresql.connector(
            parsed, "writer", postgresql.WRITES, seconds, cursor_factory=UndividedCursor
        )
    engine = create_engine(url, **options)
    if engine.dialect.name == "sqlite":
        keep_private(engine)
        # FULL: in WAL mode only this syncs every commit, which is what a writer is promised.
        pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
        event.listen(engine, "connect", _pragmas(*pragmas))
    return engine


def begin_write(connection: Connection) -> None:
    """Begin a transaction that writes."""
    # IMMEDIATE takes SQLite's write lock now, and waits for it. A deferred transaction that has
    # read cannot wait: it fails at its first write if another process has written meanwhile.
    sqlite = connection.dialect.name == "sqlite"
    run_sql(connection, "BEGIN IMMEDIATE" if sqlite else "BEGIN")


def _pragmas(*settings: str) -> Any:
    def apply(connection: Any, _record: Any) -> None:
        for setting in settings:
            connection.execute(f"PRAGMA {setting}").close()

    return apply
