"""The databases of the tests: a fresh, migrated one for each server, in SQLite or PostgreSQL.

The variable `DATABASE` says which: `DATABASE=postgresql make contract`.
"""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, NullPool, create_engine, inspect, text

from tests.support.postgresql import Cluster

DATABASE = os.environ.get("DATABASE", "sqlite")
assert DATABASE in ("sqlite", "postgresql"), f"DATABASE={DATABASE} is neither"

FAIL = """
CREATE OR REPLACE FUNCTION fail() RETURNS void LANGUAGE plpgsql AS
$$ BEGIN RAISE io_error USING MESSAGE = 'the disk is gone'; END $$
"""


class Databases(Protocol):
    """Makes databases: copies of an empty one with the tables of this version."""

    def create(self, folder: Path) -> str:
        """Create a database, in this folder if it is a file; return SQLAlchemy's URL."""

    def drop(self, url: str) -> None:
        """Delete a database, also while clients are connected to it."""


class SqliteFiles:
    """SQLite files. They are deleted with the folders of the tests."""

    def __init__(self, empty: Path) -> None:
        self._empty = empty

    def create(self, folder: Path) -> str:
        path = folder / "me-api.sqlite"
        shutil.copy(self._empty, path)
        # Without SQLAlchemy and waiting for the disk: most tests make a database.
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA synchronous=OFF")
            with database:
                database.execute("UPDATE log SET epoch = ?", (secrets.token_hex(8),))
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        pass


class PostgresqlDatabases:
    """Databases in a cluster, copied from one whose name is `empty`."""

    def __init__(self, cluster: Cluster, empty: str) -> None:
        self._cluster = cluster
        self._empty = empty

    def create(self, folder: Path) -> str:
        url = self._cluster.url(self._cluster.create(self._empty))
        with connect(url) as connection:
            execute(connection, "UPDATE log SET epoch = :epoch", epoch=secrets.token_hex(8))
        return url

    def drop(self, url: str) -> None:
        self._cluster.drop(name_in(url))


def name_in(url: str) -> str:
    """Return the name of a PostgreSQL database."""
    return url.partition("@/")[2].partition("?")[0]


@contextmanager
def connect(url: str) -> Iterator[Connection]:
    """Open a database as another process does, in one transaction."""
    timeout = {"timeout": 30} if url.startswith("sqlite") else {}
    engine = create_engine(url, poolclass=NullPool, connect_args=timeout)
    with engine.begin() as connection:
        yield connection


def execute(connection: Connection, statement: str, **values: Any) -> list[Any]:
    """Run a statement with `:name` for its values; return its rows, if it has any."""
    result = connection.execute(text(statement), values)
    return list(result.all()) if result.returns_rows else []


def block_writes(connection: Connection) -> None:
    """Lock out all other writers until this transaction ends."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        tables = inspect(connection).get_table_names()
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")


def break_table(connection: Connection, table: str) -> None:
    """Make reading a table fail, as on a damaged disk, until it is repaired."""
    execute(connection, f"ALTER TABLE {table} RENAME TO lost")
    if connection.dialect.name == "postgresql":
        # Without the table it would be an error of the statement.
        execute(connection, FAIL)
        execute(connection, f"CREATE VIEW {table} AS SELECT lost.* FROM lost, fail()")


def repair_table(connection: Connection, table: str) -> None:
    if connection.dialect.name == "postgresql":
        execute(connection, f"DROP VIEW {table}")
    execute(connection, f"ALTER TABLE lost RENAME TO {table}")
