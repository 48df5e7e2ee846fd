"""Preparing an SQLite database before the server serves: locking, migrating, waiting for others."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import flask_migrate
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from me_api.config import ConfigError
from me_api.errors import StorageUnavailable
from me_api.storage.failures import to_unavailable
from me_api.storage.migrations import is_compatible, is_later
from me_api.storage.server_lock import ServerLock

LOOK_SECONDS = 0.1
"""Seconds between two looks whether another process still holds SQLite's write lock."""

logger = logging.getLogger(__name__)


def lock(path: str) -> ServerLock | None:
    """Lock a database for this server; raise `ConfigError` if another server has it.

    Returns None where no lock can be created.
    """
    try:
        return ServerLock(path)
    except FileNotFoundError:
        return None  # There is no such folder, which SQLite will say.
    except OSError as error:
        # Where nothing can be created, nothing can be stored either.
        logger.warning("the database cannot be locked: %s", error)
        return None


def migrate(engine: Engine) -> None:
    """Apply the migrations that are missing, if any.

    Raises `ConfigError` if a later version has changed tables that this one needs.
    """
    # Nothing is written without need: writing may have to wait for other processes.
    with engine.connect() as connection:
        if is_compatible(connection):
            return
        if is_later(connection):
            raise ConfigError("the database is of a later version of me-api")
    flask_migrate.upgrade()


def write_when_unlocked(path: str, work: Callable[[], None]) -> None:
    """Call a function; while another process holds the write lock, wait and call it again."""
    while True:
        try:
            return work()
        except (DBAPIError, StorageUnavailable) as error:
            failure = to_unavailable(error)
            if failure is None or failure.reason != "locked":
                raise
        logger.warning("waiting for another process, which has locked %s", path)
        while _is_locked(path):
            time.sleep(LOOK_SECONDS)


def _is_locked(path: str) -> bool:
    with closing(sqlite3.connect(path, LOOK_SECONDS, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    return False
