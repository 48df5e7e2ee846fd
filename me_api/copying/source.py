"""The database that is copied: whether a server uses it, and its rows as they are at one moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.engine import URL

from me_api.config import ConfigError
from me_api.eventlog import position
from me_api.eventlog.position import Position
from me_api.storage.database import Database
from me_api.storage.mark import BACKUP, READ_BACKUP, path_of
from me_api.storage.migrations import is_compatible, is_later
from me_api.storage.server_lock import ServerLock, is_locked

_OTHERS = text("""
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
""")
_LAST_USER = {
    "sqlite": "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'users'",
    "postgresql": "SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END FROM users_id_seq",
}


class State(NamedTuple):
    """The position of a log, and the last id that was given to a user, who may be deleted.

    `backup` is whether it is a backup, which no server has begun a new epoch for yet.
    """

    position: Position
    last_user: int
    backup: bool


class Source:
    """A database that is read, and, at the end, locked."""

    def __init__(self, url: URL) -> None:
        """Open the database; raises `ConfigError` or `DBAPIError` if it cannot be copied."""
        self._path = path_of(url)
        if self._path is not None and not os.path.exists(self._path):
            raise ConfigError(f"There is no database {self._path}.")
        self._lock: ServerLock | None = None
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        Database(engine, position.MARK)  # Refuses to apply a `-wal` that belongs to another file.
        self.connection = engine.connect()
        if not is_compatible(self.connection) or is_later(self.connection):
            self.close()
            raise ConfigError(
                f"{url} is not at this version: run flask db upgrade with it as "
                "ME_API_DATABASE_URL."
            )

    def close(self) -> None:
        self.connection.close()

    def in_use(self) -> bool:
        """Return whether a server has the database; on PostgreSQL, whether anybody is connected."""
        if self._path is None:
            return int(self.connection.execute(_OTHERS).scalar_one()) > 0
        if self._lock is None and not is_locked(self._path):
            # Held until this process ends, so that no server starts on it meanwhile.
            self._lock = ServerLock(self._path)
        return self._lock is None

    @contextmanager
    def moment(self, *, locked: bool) -> Iterator[State]:
        """Read the database as it is now; if `locked`, nobody writes to it meanwhile."""
        self._begin(locked)
        try:
            last_user = self.connection.exec_driver_sql(_LAST_USER[self.connection.dialect.name])
            yield State(position.read(self.connection), last_user.scalar_one(), self._is_backup())
        finally:
            self.connection.exec_driver_sql("ROLLBACK")

    def _is_backup(self) -> bool:
        if self._path is None:
            return False
        return bool(self.connection.exec_driver_sql(READ_BACKUP).scalar_one() == BACKUP)

    def _begin(self, locked: bool) -> None:
        if self._path is not None:
            self.connection.exec_driver_sql("BEGIN IMMEDIATE" if locked else "BEGIN")
            return
        self.connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ")
        if locked:
            # Every change of this program locks the log first, or one of its other tables.
            tables = "log, users, rooms, tokens, token_rooms, messages, reports, sessions"
            self.connection.exec_driver_sql(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")
