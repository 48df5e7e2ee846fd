"""The committer's connection, which commits only into the files that have the database's names."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from me_api.errors import ForeignDatabase
from me_api.storage import engines
from me_api.storage.database_files import DatabaseFiles
from me_api.storage.loop_connection import detached
from me_api.storage.statements import run_sql

logger = logging.getLogger(__name__)


class WriteConnection:
    """Writes in one transaction after the other, on a connection that is replaced after an error.

    Its methods raise `ForeignDatabase` if the files of the database were deleted or replaced.
    """

    def __init__(self, engine: Engine, files: DatabaseFiles | None = None) -> None:
        self._engine = engine
        self._files = files
        self._connection: Connection | None = None

    def open(self) -> None:
        """Open the database for the first time, on the loop."""
        # The first connection fills the caches of SQLAlchemy's loggers, under a lock that the
        # committer's thread must not wait for.
        if self._files is None:
            self.connect()
            self.disconnect()
        else:
            self._files.open(self._open_for_good)

    def begin(self) -> Connection:
        """Begin a transaction that writes."""
        connection = self.connect()
        engines.begin_write(connection)
        return connection

    def commit(self) -> None:
        """Commit; when this returns, the transaction is on disk, and where the next start looks."""
        assert self._connection is not None
        if self._files is not None:
            self._files.before_commit(self._schema)
        run_sql(self._connection, "COMMIT")
        if self._files is not None:
            self._files.after_commit()

    def abandon(self) -> ForeignDatabase:
        """Return the error for a database that holds another log, or an older state."""
        if self._files is None:
            return ForeignDatabase("The database was replaced while it was in use.")
        return self._files.abandon()

    def disconnect(self) -> None:
        """Close the connection, which ends its transaction; the next one opens another."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.invalidate()
            connection.close()
        except Exception as error:
            # If it were raised, it would end the committer's thread, and with it every write.
            logger.warning("a broken connection was not closed: %s", error)

    def close(self) -> None:
        """Close everything, on the loop."""
        self.disconnect()
        if self._files is not None:
            self._files.close()

    def connect(self) -> Connection:
        """Return the connection; open one if there is none."""
        if self._connection is not None:
            return self._connection
        if self._files is not None:
            self._files.check()
        self._connection = self._engine.connect()
        if self._files is not None:
            self._files.check()
        return self._connection

    def _schema(self) -> int:
        assert self._connection is not None
        return int(self._connection.exec_driver_sql("PRAGMA schema_version").scalar_one())

    def _open_for_good(self) -> Any:
        return detached(self._engine)
