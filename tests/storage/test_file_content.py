"""F29: a database file that another process is writing is not taken for another one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from me_api.errors import ForeignDatabase, StorageUnavailable
from me_api.storage import file_content
from me_api.storage.wal_index import CHECKPOINT_BYTE
from tests.storage.database import Database, checkpoint_by_another

PAGE = 4096


def write_into(path: Path, content: bytes) -> None:
    """Write a file, and give it a time of its own."""
    written = path.stat().st_mtime_ns
    path.write_bytes(content)
    os.utime(path, ns=(written + 1, written + 1))


@contextmanager
def checkpointing(database: Database) -> Iterator[None]:
    """Lock what a checkpoint locks, in another process."""
    lock = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+b'); "
        f"fcntl.lockf(file, fcntl.LOCK_EX, 1, {CHECKPOINT_BYTE}); print(flush=True); input()"
    )
    command = [sys.executable, "-ISc", lock, str(database.beside[1])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.communicate(b"\n")


def test_a_checkpoint_that_ended_in_the_middle_is_accepted(database: Database) -> None:
    """Its process was killed after the first page, which says how many pages there are."""
    with closing(database.connect()) as other:
        other.execute("CREATE TABLE much AS SELECT randomblob(100000)")
    database.checkpoint()
    database.write()
    older = database.path.read_bytes()
    with closing(database.connect()) as other:
        other.execute("INSERT INTO much VALUES (randomblob(100000))")
    checkpoint_by_another(database)
    complete = database.path.read_bytes()
    assert len(complete) > len(older)
    write_into(database.path, complete[:PAGE] + older[PAGE:])
    database.write()
    write_into(database.path, complete)
    database.write()
    assert not database.files.have_changed()


def test_a_file_that_has_fewer_pages_than_before_is_not_accepted(database: Database) -> None:
    with closing(database.connect()) as other:
        other.execute("CREATE TABLE much AS SELECT randomblob(100000)")
    database.checkpoint()
    database.write()
    os.truncate(database.path, 3 * PAGE)
    with pytest.raises(ForeignDatabase, match="overwritten"):
        database.write()


def test_what_is_read_in_the_middle_of_a_checkpoint_is_read_again(database: Database) -> None:
    checkpoint_by_another(database)
    complete = database.path.read_bytes()
    write_into(database.path, b"\xff" * PAGE + complete[PAGE:])
    slept = []

    def go_on() -> None:
        slept.append(database.files.have_changed())
        if len(slept) == 2:
            write_into(database.path, complete)

    database.while_sleeping = go_on
    with checkpointing(database):
        database.write()
    assert slept == [True, True]


def test_a_file_that_changes_meanwhile_is_read_again(database: Database) -> None:
    """The other process has ended its checkpoint, and released its lock."""
    complete = database.path.read_bytes()
    write_into(database.path, b"\xff" * PAGE + complete[PAGE:])
    times = iter(range(3))

    def go_on() -> None:
        if next(times) == 2:
            write_into(database.path, complete)
        else:
            write_into(database.path, b"\xff" * PAGE + complete[PAGE:])

    database.while_sleeping = go_on
    database.write()


def test_a_checkpoint_without_an_end_stores_nothing_for_now(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_content, "CHECKPOINT_SECONDS", 0.0)
    complete = database.path.read_bytes()
    write_into(database.path, b"\xff" * PAGE + complete[PAGE:])
    with checkpointing(database):
        with pytest.raises(StorageUnavailable, match="another process writes") as raised:
            database.write()
        assert not isinstance(raised.value, ForeignDatabase)
        assert raised.value.reason == "locked"
        write_into(database.path, complete)
        database.write()
        write_into(database.path, b"\xff" * PAGE + complete[PAGE:])
    with pytest.raises(ForeignDatabase, match="overwritten"):
        database.write()


def test_two_changes_of_the_schema_of_which_one_is_in_the_file_are_accepted(
    database: Database,
) -> None:
    with closing(database.connect()) as other:
        other.execute("CREATE TABLE more (x)")
        other.execute("PRAGMA wal_checkpoint(PASSIVE)")
        other.execute("CREATE TABLE still_more (x)")
    database.write()
