"""The new epoch of a database that was restored: no cursor of another copy is valid in it."""

from __future__ import annotations

import logging

from sqlalchemy import Engine, delete
from sqlalchemy.engine import Connection

from me_api.eventlog import position
from me_api.recovery.models import Session
from me_api.storage import engines
from me_api.storage.database import Database
from me_api.storage.mark import BACKUP, READ_BACKUP, UNMARK_BACKUP
from me_api.storage.server_lock import ServerLock

logger = logging.getLogger(__name__)


def begin_epoch_of_copy(database: Database, lock: ServerLock | None) -> None:
    """Begin a new epoch if an SQLite database is a copy, or an older state, of what was served.

    To be called before the log is opened; `lock` is the server's, if it has one. Raises
    `DBAPIError`.
    """
    if is_copy(database.readers, lock):
        begin_epoch(database.writer_engine())
        logger.warning(
            "the database is a copy, or an older state, of the one that was served: a new epoch "
            "begins, in which clients start over"
        )


def is_copy(readers: Engine, lock: ServerLock | None) -> bool:
    """Return whether an SQLite database is a backup, or not as the last server has left it."""
    with readers.connect() as connection:
        if is_backup(connection):
            return True
        head, epoch = position.read(connection)
    # Of an empty log no client has a cursor.
    return head > 0 and lock is not None and lock.is_copied(epoch, head, position.MARK)


def is_backup(connection: Connection) -> bool:
    """Return whether an SQLite database was written by `flask backup`, and not served since."""
    return bool(connection.exec_driver_sql(READ_BACKUP).scalar_one() == BACKUP)


def begin_epoch(writer: Engine) -> None:
    """Begin a new epoch, and delete the sessions, whose positions are of the one before."""
    with writer.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        engines.begin_write(connection)
        position.begin_epoch(connection)
        connection.execute(delete(Session))
        if sqlite:
            connection.exec_driver_sql(UNMARK_BACKUP)
        connection.exec_driver_sql("COMMIT")
        if sqlite:
            # Into the file itself, so that the next start finds the new epoch even without the
            # `-wal`. It is nothing that has to succeed: another process may be reading.
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
