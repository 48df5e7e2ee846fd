"""The database that is written: empty at first, and complete once its one transaction has ended."""

from __future__ import annotations

from alembic import command
from sqlalchemy import NullPool, create_engine, inspect, text
from sqlalchemy.engine import URL, Connection

from me_api.chat.search import fts5, postgresql
from me_api.config import ConfigError
from me_api.copying.source import State
from me_api.copying.tables import BY_REV, SESSIONS, WHOLE, is_empty
from me_api.eventlog import position
from me_api.extensions import migrate
from me_api.storage import engines
from me_api.storage.mark import path_of
from me_api.storage.server_lock import ServerLock

_MOVE = text("UPDATE log SET head = :head, epoch = :epoch")
# Of deleted users, too, no id is given again: messages and tokens name them.
_SET_LAST_USER = {
    "sqlite": "UPDATE sqlite_sequence SET seq = :last WHERE name = 'users'",
    "postgresql": "SELECT setval('users_id_seq', :last)",
}
_SET_LAST_ROOM = "SELECT setval('rooms_id_seq', max(id)) FROM rooms HAVING count(*) > 0"


class Destination:
    """A database with the tables of this version, which nobody else uses until it is committed."""

    def __init__(self, url: URL) -> None:
        """Create the tables; raises `ConfigError` or `DBAPIError` if the database is not empty."""
        path = path_of(url)
        self._lock = ServerLock(path) if path else None
        self._finished = False
        _check_empty(url)
        config = migrate.get_config()
        config.attributes["url"] = url
        command.upgrade(config, "head")
        if self._lock:
            self._lock.lock_database()
        self.connection = engines.writer_engine(url).connect()
        engines.begin_write(self.connection)
        if not self._is_sqlite:
            # No server starts meanwhile, which would create rooms.
            self.connection.exec_driver_sql("LOCK TABLE log IN ACCESS EXCLUSIVE MODE")

    @property
    def _is_sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"

    def index(self, position: int) -> None:
        """Add all messages up to a position to the full-text index."""
        indexed = -1
        while indexed < position:
            if self._is_sqlite:
                chunk = fts5.read_chunk(position, self.connection)
                indexed = fts5.store_chunk(chunk, self.connection)
            else:
                indexed = postgresql.add_chunk(position, None, self.connection) or 0

    def finish(self, state: State, epoch: str) -> None:
        """Set the position of the log, and what ids are given next; commit."""
        self.connection.execute(_MOVE, {"head": state.position.head, "epoch": epoch})
        if state.last_user:
            set_last = text(_SET_LAST_USER[self.connection.dialect.name])
            self.connection.execute(set_last, {"last": state.last_user})
        if not self._is_sqlite:
            self.connection.exec_driver_sql(_SET_LAST_ROOM)
            # The index has turned it off.
            self.connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
        self.connection.exec_driver_sql("COMMIT")
        self._finished = True
        self.connection.exec_driver_sql("ANALYZE")

    def close(self) -> None:
        """Close the database; without `finish`, nothing has been copied."""
        self.connection.invalidate()
        self.connection.close()
        if self._lock and self._finished:
            # Otherwise the server would take it for a copy that may be older than the original.
            self._lock.accept(position.MARK)


def _check_empty(url: URL) -> None:
    engine = create_engine(url, poolclass=NullPool)
    engines.keep_private(engine)
    with engine.connect() as connection:
        if not _is_empty(connection):
            raise ConfigError(f"{url} is not empty: copy into a new database.")


def _is_empty(connection: Connection) -> bool:
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        return not tables
    copied = [each for each in (*WHOLE, SESSIONS, *BY_REV) if each.name in tables]
    return all(is_empty(connection, each) for each in copied)
