"""F30: a server starts though another process holds the write lock of its database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.conftest import MakeServer
from tests.storage.files import post, ready, texts
from tests.support.server import LiveServer
from tests.support.wait import wait_until


@pytest.fixture
def idle(make_server: MakeServer) -> LiveServer:
    """Make a server whose database is ready, without starting it."""
    server = make_server()
    assert post(server, "before") == 201
    server.stop()
    return server


@pytest.fixture
def lock(idle: LiveServer) -> Iterator[sqlite3.Connection]:
    """Hold the write lock as another process does."""
    with closing(sqlite3.connect(idle.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_f30_where_nothing_has_to_be_written_it_starts_at_once(
    idle: LiveServer, lock: sqlite3.Connection
) -> None:
    idle.spawn()
    idle.wait_alive()
    assert texts(idle) == ["before"]
    lock.execute("ROLLBACK")
    wait_until(lambda: ready(idle) == (200, []))
    assert post(idle, "after") == 201


def test_f30_where_a_room_has_to_be_created_it_waits_and_says_so(
    idle: LiveServer, lock: sqlite3.Connection
) -> None:
    idle.settings["rooms"] = "lobby,attic"
    idle.spawn()
    check_that_it_waits(idle, lock)
    assert idle.get("/chat/rooms/attic").status == 200


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_f30_where_it_has_to_migrate_it_waits_and_says_so(
    make_server: MakeServer, mode: str
) -> None:
    server = make_server(start=False)
    server.database.unlink()
    with closing(sqlite3.connect(server.database, isolation_level=None)) as lock:
        lock.execute(f"PRAGMA journal_mode={mode}").close()
        lock.execute("BEGIN EXCLUSIVE")
        server.spawn()
        check_that_it_waits(server, lock)
    assert post(server, "hej") == 201


def check_that_it_waits(server: LiveServer, lock: sqlite3.Connection) -> None:
    """Check that a server waits, says so in one line, and starts when the lock is released."""
    wait_until(lambda: "waiting for another process" in server.log)
    assert server.running
    lock.execute("ROLLBACK")
    server.wait_ready()
    assert server.log.count("waiting for another process") == 1
    assert "Traceback" not in server.log


def test_f30_a_server_that_waits_can_be_stopped(idle: LiveServer, lock: sqlite3.Connection) -> None:
    idle.settings["rooms"] = "lobby,attic"
    idle.spawn()
    wait_until(lambda: "waiting for another process" in idle.log)
    assert idle.process is not None
    idle.process.terminate()
    assert idle.wait() == -15
