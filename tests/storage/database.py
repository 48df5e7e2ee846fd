"""A database with its `-wal`, and what may happen to its files."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from me_api.storage.database_files import DatabaseFiles
from me_api.storage.mark import Record, read_mark

QUERY = "SELECT epoch, schema_version, head FROM log, pragma_schema_version"


class Database:
    """A database with a `-wal`, the connection that writes it, and its files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer = self.connect()
        self.writer.execute("CREATE TABLE log (epoch, head)")
        self.writer.execute("INSERT INTO log VALUES ('e', 0)")
        self.checkpoint()
        self.while_sleeping: Callable[[], object] = lambda: None
        self.files = DatabaseFiles(str(path), QUERY, lambda _: self.while_sleeping())
        self.records: list[Record] = []
        self.files.on_record = self.records.append
        self.files.open(self.connect)

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        return connection

    def checkpoint(self) -> None:
        self.writer.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def write(self) -> None:
        """Commit as the committer does."""
        self.files.before_commit(self.schema)
        self.writer.execute("UPDATE log SET head = head + 1")
        self.files.after_commit()

    def schema(self) -> int:
        return int(self.writer.execute("PRAGMA schema_version").fetchone()[0])

    def head_on_disk(self) -> int:
        found = read_mark(str(self.path), QUERY)
        assert found is not None
        return found.head

    @property
    def beside(self) -> list[Path]:
        return [self.path.with_name(f"{self.path.name}-{name}") for name in ("wal", "shm")]


def checkpoint_by_another(database: Database) -> None:
    with closing(database.connect()) as other:
        other.execute("PRAGMA wal_checkpoint(PASSIVE)")


def delete(database: Database) -> None:
    database.path.unlink()


def replace(database: Database) -> None:
    os.replace(shutil.copy(database.path, database.path.with_suffix(".copy")), database.path)


def delete_wal(database: Database) -> None:
    database.beside[0].unlink()


def delete_shm(database: Database) -> None:
    database.beside[1].unlink()
