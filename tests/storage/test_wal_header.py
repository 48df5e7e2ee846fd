"""The version of the data is asked for only when the shared header says that it may be another."""

import gc
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from me_api.storage import engines
from me_api.storage.wal_header import map_header
from tests.storage.files import DMS, is_locked


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data.sqlite"


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL").close()
        connection.execute("CREATE TABLE x (y)").close()
        yield connection


@pytest.fixture
def engine(path: Path, writer: sqlite3.Connection) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    yield made
    engines.close_loop_connection(made)


@pytest.fixture
def asked(engine: Engine) -> list[str]:
    """Return the statements that are run to read the version, from the second on."""
    assert engines.data_version(engine) == engines.data_version(engine)
    statements: list[str] = []
    engines.loop_connection(engine).connection.set_trace_callback(statements.append)
    return statements


def test_while_nothing_is_committed_no_statement_is_run(engine: Engine, asked: list[str]) -> None:
    assert len({engines.data_version(engine) for _ in range(5)}) == 1
    assert asked == []


def test_every_commit_makes_another_version(
    engine: Engine, writer: sqlite3.Connection, asked: list[str]
) -> None:
    versions = {engines.data_version(engine)}
    for number in range(1, 6):
        writer.execute("INSERT INTO x VALUES (1)").close()
        versions |= {engines.data_version(engine), engines.data_version(engine)}
        assert len(versions) == number + 1 == len(asked) + 1
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    before = engines.data_version(engine)
    writer.execute("INSERT INTO x VALUES (1)").close()
    assert engines.data_version(engine) != before, "the log begins anew"


def test_a_commit_of_another_process_makes_another_version(
    engine: Engine, path: Path, asked: list[str]
) -> None:
    before = engines.data_version(engine)
    program = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])"
    insert = "INSERT INTO x VALUES (1)"
    subprocess.run([sys.executable, "-c", program, str(path), insert], check=True)
    assert engines.data_version(engine) != before
    assert len(asked) == 1


def test_a_transaction_that_has_not_committed_changes_nothing(
    engine: Engine, writer: sqlite3.Connection, asked: list[str]
) -> None:
    before = engines.data_version(engine)
    writer.execute("BEGIN IMMEDIATE").close()
    writer.execute("INSERT INTO x VALUES (1)").close()
    assert engines.data_version(engine) == before
    writer.execute("ROLLBACK").close()
    assert engines.data_version(engine) == before
    writer.execute("INSERT INTO x VALUES (1)").close()
    assert engines.data_version(engine) != before


def test_the_locks_of_the_database_are_kept(
    engine: Engine, writer: sqlite3.Connection, path: Path, asked: list[str]
) -> None:
    engines.close_loop_connection(engine)
    gc.collect()
    assert is_locked(Path(f"{path}-shm"), DMS)


def test_without_a_log_every_version_is_asked_for(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE x (y)").close()
        engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
        before = engines.data_version(engine)
        with connection:
            connection.execute("INSERT INTO x VALUES (1)").close()
        assert engines.data_version(engine) != before
        engines.close_loop_connection(engine)
    assert map_header(str(path)) is None


def test_a_file_that_took_the_place_of_the_one_in_use_is_not_read(
    engine: Engine, path: Path, asked: list[str]
) -> None:
    assert map_header(str(path)) is not None
    shm = Path(f"{path}-shm")
    shm.unlink()
    shm.write_bytes(bytes(32_768))
    assert map_header(str(path)) is None
    os.truncate(shm, 3)
    assert map_header(str(path)) is None


def test_the_file_of_a_database_that_was_closed_is_closed_with_the_next(tmp_path: Path) -> None:
    def use(name: str) -> None:
        with closing(sqlite3.connect(tmp_path / name)) as writer:
            writer.execute("PRAGMA journal_mode=WAL").close()
            writer.execute("CREATE TABLE x (y)").close()
            engine = create_engine(f"sqlite:///{tmp_path / name}", poolclass=NullPool)
            assert engines.data_version(engine) == engines.data_version(engine)
            engines.close_loop_connection(engine)

    def files() -> int:
        return len(os.listdir("/proc/self/fd"))

    use("first")
    before = files()
    for number in range(5):
        use(f"next {number}")
    assert files() == before
