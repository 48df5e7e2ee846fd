"""How the database is opened: one connection writes, all others can only read."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import (
    DBAPIError,
)
from sqlalchemy.pool import NullPool

from me_api.storage.loop_connection import close_loop_connection, loop_connection

logger = logging.getLogger(__name__)

WRITE_TIMEOUT = 5.0
"""Seconds that the committer waits for another process to let go of an SQLite database."""

READ_TIMEOUT = 0.1
"""Seconds that a reader may wait for a lock; the whole loop waits with it."""


def reader_options(url: str | URL) -> dict[str, Any]:
    """Give the engine options of the readers: every statement sees what is committed by then.

    A reader hardly ever waits for a lock: in WAL mode it needs none but while another process
    opens or closes the database, and waiting stops the loop.
    """
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}
    if make_url(url).get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": READ_TIMEOUT, "check_same_thread": False}
    return options


def make_read_only(engine: Engine) -> None:
    """Make every connection of the readers' engine refuse to write."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _pragmas("query_only=1"))


def data_version(engine: Engine) -> tuple[int, int] | None:
    """Give, in microseconds, what every commit by anybody changes; only SQLite can.

    None where it cannot be told. The numbers of two connections cannot be compared, so this is one
    number and which connection told it.
    """
    if engine.dialect.name != "sqlite":
        return None
    try:
        reader = loop_connection(engine)
        ((number,),) = reader.connection.execute("PRAGMA data_version")
    except (DBAPIError, engine.dialect.loaded_dbapi.Error) as error:
        logger.warning("the database's version cannot be read: %s", error)
        close_loop_connection(engine)
        return None
    return reader.number, int(number)


def background_engine(url: str | URL) -> Engine:
    """Make the engine of readers in native threads: no pool, and nothing but reading."""
    engine = create_engine(url, poolclass=NullPool, **reader_options(url))
    make_read_only(engine)
    return engine


def writer_engine(url: str | URL) -> Engine:
    """Make the committer's own engine; its transactions are begun and ended by hand."""
    options: dict[str, Any] = {"poolclass": NullPool, "isolation_level": "AUTOCOMMIT"}
    if make_url(url).get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": WRITE_TIMEOUT, "check_same_thread": False}
    engine = create_engine(url, **options)
    if engine.dialect.name == "sqlite":
        pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
        event.listen(engine, "connect", _pragmas(*pragmas))
    return engine


def begin_write(connection: Connection) -> None:
    """Begin a write; on SQLite at once, as a deferred one may fail when it first writes."""
    sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if sqlite else "BEGIN")


def _pragmas(*settings: str) -> Any:
    def apply(connection: Any, _record: Any) -> None:
        for setting in settings:
            connection.execute(f"PRAGMA {setting}").close()

    return apply
