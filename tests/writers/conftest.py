"""Databases of each kind, and writers on them."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from me_api.eventlog import postgresql_writer
from tests.support.databases import Databases, SqliteFiles, connect, execute
from tests.support.forks import ForkedServer, ForkServer
from tests.writers.both import Both
from tests.writers.servers import CREATE_ROOM, Server


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory,
    empty_database: Path,
    postgresql_databases: Databases,
) -> Iterator[Both]:
    """Make an SQLite and a PostgreSQL database with the same rooms and users."""
    folder = tmp_path_factory.mktemp("both")
    sqlite = SqliteFiles(empty_database).create(folder)
    postgresql = postgresql_databases.create(folder)
    # The server's timeouts are short, and the process of the tests may be paused for longer.
    patient = re.sub(r"'\ds'", "'60s'", postgresql_writer._BEGIN)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(postgresql_writer, "_BEGIN", patient)
        made = Both(sqlite, postgresql)
        yield made
        made.close()
    postgresql_databases.drop(postgresql)


@pytest.fixture
def migrate(tmp_path: Path, fork_server: ForkServer) -> Callable[[str], None]:
    """Return a function that creates all tables in a database."""

    def run(url: str) -> None:
        made = ForkedServer(fork_server, tmp_path, entry="migrate", database_url=url)
        made.spawn()
        assert made.wait() == 0, made.log

    return run


@pytest.fixture
def database(tmp_path: Path, postgresql_databases: Databases) -> Iterator[str]:
    """Make a PostgreSQL database with a room."""
    url = postgresql_databases.create(tmp_path)
    with connect(url) as connection:
        execute(connection, CREATE_ROOM)
    yield url
    postgresql_databases.drop(url)


@pytest.fixture
def a(database: str) -> Iterator[Server]:
    server = Server(database, "a/1")
    yield server
    server.disconnect()


@pytest.fixture
def b(database: str) -> Iterator[Server]:
    server = Server(database, "b/1")
    yield server
    server.disconnect()
