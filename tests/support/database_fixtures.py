"""Fixtures: where servers get their databases, and the programs that these need."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import DATABASE, Databases, PostgresqlDatabases, SqliteFiles
from tests.support.forks import ForkedServer, ForkServer
from tests.support.postgresql import Cluster
from tests.support.redis import RedisServer


@pytest.fixture(scope="session")
def empty_database(fork_server: ForkServer) -> Path:
    """Return the database of which every server gets a copy: most of a start is to make one."""
    return fork_server.empty_database


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """Start a PostgreSQL server, for all tests of this process that need one."""
    made = Cluster()
    yield made
    made.close()


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    """Start a Redis server, for all tests of this process that need one."""
    made = RedisServer()
    yield made
    made.close()


@pytest.fixture(scope="session")
def postgresql_databases(
    postgresql: Cluster, tmp_path_factory: pytest.TempPathFactory, fork_server: ForkServer
) -> Databases:
    """Make the PostgreSQL database of which others are copies."""
    name = postgresql.create()
    folder = tmp_path_factory.mktemp("empty-postgresql")
    made = ForkedServer(fork_server, folder, entry="migrate", database_url=postgresql.url(name))
    made.spawn()
    assert made.wait() == 0, made.log
    return PostgresqlDatabases(postgresql, name)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Databases:
    """Return where each server gets its database: SQLite, or what `DATABASE` says."""
    if DATABASE == "postgresql":
        made: Databases = request.getfixturevalue("postgresql_databases")
        return made
    return SqliteFiles(request.getfixturevalue("empty_database"))
