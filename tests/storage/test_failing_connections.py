"""Connections that cannot be closed, statements that fail, locks that are held; in this process."""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from weakref import finalize

import psycopg
import pytest
from sqlalchemy import Engine, column, create_engine
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import NullPool

from me_api.errors import ForeignDatabase
from me_api.storage import background, engines, preparation
from me_api.storage.json_functions import json_pairs
from me_api.storage.simple_query import run_within
from me_api.storage.write_connection import WriteConnection
from tests.support.postgresql import Cluster


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "data.sqlite")) as connection:
        connection.execute("CREATE TABLE x (y)")
    return tmp_path / "data.sqlite"


def test_a_broken_connection_that_cannot_be_closed_is_replaced(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken, working = Mock(close=Mock(side_effect=OSError("it is broken"))), Mock()
    writer = WriteConnection(Mock(connect=Mock(side_effect=[broken, working])))
    assert writer.connect() is writer.connect() is broken
    writer.disconnect()
    writer.disconnect()
    assert caplog.text.count("a broken connection was not closed: it is broken") == 1
    assert writer.connect() is working


def test_a_database_without_files_is_abandoned_too() -> None:
    error = WriteConnection(Mock()).abandon()
    assert isinstance(error, ForeignDatabase) and "replaced" in error.detail


def test_the_version_of_a_database_that_cannot_be_read(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    before = engines.data_version(engine)
    assert before is not None and before == engines.data_version(engine)
    engines.loop_connection(engine).connection.close()
    with caplog.at_level(logging.WARNING):
        assert engines.data_version(engine) is None
    assert "the database's version cannot be read" in caplog.text
    after = engines.data_version(engine)
    assert after is not None and after[0] != before[0], "of another connection"
    engines.close_loop_connection(engine)
    caplog.clear()
    assert engines.data_version(create_engine("postgresql+psycopg://x/y")) is None
    assert caplog.text == "", "it is not asked"


def test_a_database_that_cannot_be_read_costs_no_memory(tmp_path: Path) -> None:
    """Each query opened a connection, and registered once more what closes it with the engine."""
    (tmp_path / "none.sqlite").write_bytes(bytes(range(256)) * 16)
    engine = create_engine(f"sqlite:///{tmp_path}/none.sqlite", poolclass=NullPool)
    assert engines.data_version(engine) is None
    before = len(finalize._registry)  # type: ignore[attr-defined]
    assert [engines.data_version(engine) for _ in range(10)] == [None] * 10
    # Less if something of an earlier test has ended meanwhile.
    assert len(finalize._registry) <= before  # type: ignore[attr-defined]


def test_the_connection_of_the_loop_is_closed_with_its_engine_each_time(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    for _ in range(2):
        connection = engines.loop_connection(engine).connection
        engine.dispose()
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def test_only_some_connections_of_the_background_are_kept(path: Path) -> None:
    opened: list[Any] = []

    def connect() -> Any:
        opened.append(Mock())
        return opened[-1]

    connections = background._Connections(Mock(spec=Engine, connect=connect))

    def nested(depth: int) -> int:
        """Use so many connections at the same time."""
        pool: Any = Mock(call=lambda call, work, connection: work(connection))
        call: Callable[..., Any] = background._in_transaction
        return connections.run(pool, call, lambda _: nested(depth - 1) if depth else 0)

    nested(background.MAX_IDLE)
    assert len(opened) == background.MAX_IDLE + 1
    assert [one.close.call_count for one in opened] == [1] + [0] * background.MAX_IDLE
    connections.close()
    assert all(one.close.called for one in opened)


def test_work_waits_until_another_process_has_released_the_lock(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(preparation, "LOOK_SECONDS", 0.01)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 0}, poolclass=NullPool)
    looks: list[bool] = []
    is_locked = preparation._is_locked

    def look(name: str) -> bool:
        looks.append(is_locked(name))
        if len(looks) == 2:
            other.execute("COMMIT")
        return looks[-1]

    monkeypatch.setattr(preparation, "_is_locked", look)

    def work() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO x VALUES (1)")

    preparation.write_when_unlocked(str(path), work)
    assert looks == [True, True, False]
    assert caplog.text.count("waiting for another process, which has locked") == 1
    assert other.execute("SELECT count(*) FROM x").fetchone() == (1,)
    other.close()


def test_pairs_in_one_parameter_are_a_list_on_each_database() -> None:
    pairs = json_pairs(column("p"))
    assert "json_each(p)" in str(pairs.compile(dialect=sqlite.dialect()))
    compiled = pairs.compile(dialect=postgresql_dialect.dialect())
    assert "json_array_elements(CAST(p AS json))" in str(compiled)


def test_an_error_among_several_statements_is_raised(postgresql: Cluster) -> None:
    with postgresql.connect() as connection:
        assert len(run_within(connection, "SELECT 1; SELECT 2", 30)) == 2
        with pytest.raises(psycopg.OperationalError, match="division by zero"):
            run_within(connection, "SELECT 1; SELECT 1 / 0", 30)
