"""A database: read by many connections, written by one."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event

from me_api.storage import engines, postgresql
from me_api.storage.database_files import DatabaseFiles
from me_api.storage.mark import path_of
from me_api.storage.server_lock import has_foreign_wal
from me_api.storage.write_connection import WriteConnection


class Database:
    """The engines of one database; no connection is opened to files that have replaced its own.

    `mark` is the query for the `Mark` of an SQLite database; `sleep` blocks the writer's thread.
    """

    def __init__(
        self, readers: Engine, mark: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.readers = readers
        self._mark = mark
        self._path = path_of(readers.url)
        self.files = DatabaseFiles(self._path, mark, sleep) if self._path else None
        """None if it is not SQLite's."""
        self._wal_is_ours = False
        event.listen(readers, "connect", self._refuse_foreign_wal)
        self._guard(readers)

    def write_connection(self) -> WriteConnection:
        """Create the connection that writes."""
        return WriteConnection(self.writer_engine(), self.files)

    def writer_engine(self) -> Engine:
        """Create the engine that writes."""
        return engines.writer_engine(self.readers.url, postgresql.WRITE_SECONDS)

    def background_engine(self) -> Engine:
        """Create the read-only engine for native threads."""
        engine = engines.background_engine(self.readers.url)
        self._guard(engine)
        return engine

    def _refuse_foreign_wal(self, _connection: Any, _record: Any) -> None:
        # Reached by commands only: a server has renamed it before it reads.
        if self._path is None or self._wal_is_ours:
            return
        if has_foreign_wal(self._path, self._mark):
            raise sqlite3.OperationalError(
                "the database was restored or replaced, and its -wal belongs to the file before: "
                "start the server, which will not apply it"
            )
        self._wal_is_ours = True

    def _guard(self, engine: Engine) -> None:
        if self.files is not None:
            event.listen(engine, "connect", self.files.refuse_reader)
