"""Opening and closing the files of an SQLite database, also files that are not its own."""

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from me_api.errors import ForeignDatabase, StorageUnavailable
from me_api.storage.database_files import ATTEMPTS, DatabaseFiles
from me_api.storage.mark import OVERWRITTEN, read_mark
from tests.storage.database import QUERY, Database, replace
from tests.storage.files import DMS, is_locked


def test_files_that_are_ours_with_another_log_are_abandoned(database: Database) -> None:
    assert "restored or replaced" in database.files.abandon().detail
    last = database.records[-1]
    assert last.wal is None, "the -wal belongs to the file"
    assert last.mark == OVERWRITTEN


def test_opening_again_finds_a_file_that_was_replaced(database: Database) -> None:
    replace(database)
    with pytest.raises(ForeignDatabase, match="replaced"):
        database.files.open(database.connect)


def test_each_error_for_foreign_files_has_a_traceback_of_its_own(database: Database) -> None:
    """A server may answer with it until it is restarted."""
    replace(database)
    depths = []
    for _ in range(3):
        with pytest.raises(ForeignDatabase) as raised:
            database.files.check()
        depths.append(len(raised.traceback))
    assert len(set(depths)) == 1
    assert raised.value.for_others() is not raised.value


def test_files_that_changed_before_they_were_closed_are_opened_again(database: Database) -> None:
    os.utime(database.path)
    database.files.close()
    database.files.open(database.connect)
    database.write()
    assert database.files.have_changed() is False


def test_a_file_that_is_replaced_again_and_again_cannot_be_opened(database: Database) -> None:
    opened: list[sqlite3.Connection] = []

    def connect() -> Any:
        opened.append(database.connect())
        replace(database)
        return opened[-1]

    with pytest.raises(StorageUnavailable, match="is being replaced"):
        DatabaseFiles(str(database.path), QUERY).open(connect)
    assert len(opened) == ATTEMPTS
    for connection in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def test_closing_keeps_the_locks_of_other_connections(database: Database) -> None:
    """Without them another process would take the -shm for one that nobody uses, and empty it."""
    database.files.close()
    database.writer.execute("SELECT * FROM log").fetchall()
    assert is_locked(database.beside[1], DMS)


def test_closing_leaves_no_file_open_that_is_deleted(database: Database) -> None:
    database.writer.close()
    database.files.close()
    opened = [os.readlink(found.path) for found in os.scandir("/proc/self/fd")]
    assert not [name for name in opened if name.startswith(str(database.path))]


def test_it_is_closed_once_and_records_in_which_state(database: Database) -> None:
    database.writer.close()
    database.files.close()
    last = database.records[-1]
    assert (last.wal, last.mark) == (None, read_mark(str(database.path), QUERY))
    assert last.mark is not None and last.mark.head == 1
    known = len(database.records)
    database.files.close()
    assert len(database.records) == known


def test_a_foreign_file_is_not_touched_by_closing(database: Database) -> None:
    replace(database)
    content = database.path.read_bytes()
    known = len(database.records)
    database.files.close()
    database.writer.close()
    assert database.path.read_bytes() == content and database.beside[0].exists()
    assert len(database.records) == known


def test_a_file_that_cannot_be_read_is_no_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="The database file cannot be read"):
        read_mark(str(tmp_path), QUERY)
    path = tmp_path / "text"
    path.write_text("no database" * 100)
    assert read_mark(str(path), QUERY) is None


def test_a_file_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable):
        read_mark(str(tmp_path / "missing.sqlite"), QUERY)
    assert list(tmp_path.iterdir()) == []
