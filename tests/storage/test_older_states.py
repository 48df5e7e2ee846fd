"""F29: an older state that is copied into the files of a running server is noticed."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.storage.file_faults import Fault, overwrite_database_and_wal, spoil_wal_end
from tests.storage.files import names, post, ready, start_in_own_folder, texts, whole
from tests.support.server import LiveServer
from tests.support.wait import wait_until


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server whose database has a folder of its own, and some messages."""
    return start_in_own_folder(make_server(start=False))


def copy_as_it_is(server: LiveServer) -> Path:
    """Copy the database and its -wal between two checkpoints; then store more."""
    folder = server.database.parent / "copy"
    folder.mkdir()
    for path in names(server.database)[:2]:
        shutil.copy(path, folder)
    assert [post(server, f"new {number}") for number in range(3)] == [201] * 3
    return folder / server.database.name


@pytest.mark.parametrize("fault", [overwrite_database_and_wal, spoil_wal_end])
def test_f29_a_wal_that_was_overwritten_stores_nothing(server: LiveServer, fault: Fault) -> None:
    """Its name and its inode stay; everything behind what was overwritten was lost later."""
    fault(server.database, copy_as_it_is(server))
    assert post(server, "lost") == 503
    assert ready(server) == (503, ["foreign_database"])
    server.restart(kill=True)
    assert post(server, "again") == 201
    assert "again" in texts(server)
    whole(server.database)


def test_f29_another_process_may_write_and_checkpoint(server: LiveServer) -> None:
    """Also a transaction that fails when a part of it is in the -wal already."""
    with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
        for mode in ("PASSIVE", "RESTART", "TRUNCATE"):
            other.execute("BEGIN IMMEDIATE")
            other.execute("CREATE TABLE much AS SELECT randomblob(8000000)")
            other.execute("ROLLBACK")
            assert post(server, mode) == 201
            other.execute("UPDATE log SET head = head")
            other.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
            wait_until(lambda: ready(server)[0] == 200)
            assert post(server, f"{mode} again") == 201
