"""What the writer of an SQLite database finds out about its files, step by step."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from me_api.errors import ForeignDatabase
from tests.storage.database import Database, delete, delete_shm, delete_wal, replace

FAULTS: list[tuple[Callable[[Database], None], str]] = [
    (delete, "deleted"),
    (replace, "replaced"),
    (delete_wal, "deprived of its -wal or -shm"),
    (delete_shm, "deprived of its -wal or -shm"),
]

faults = pytest.mark.parametrize(("fault", "what"), FAULTS)


@faults
def test_a_fault_before_a_commit_and_whenever_the_files_are_checked(
    database: Database, fault: Callable[[Database], None], what: str
) -> None:
    database.files.check()
    database.files.refuse_reader(None, None)
    assert not database.files.have_changed()
    fault(database)
    assert database.files.have_changed()
    found = []
    for act in (database.files.check, database.write):
        with pytest.raises(ForeignDatabase, match=f"The database was {what} while") as raised:
            act()
        found.append(raised.value)
    assert found[0].detail == found[1].detail, "it is foreign until the server is restarted"
    with pytest.raises(sqlite3.OperationalError, match=f"the database was {what}"):
        database.files.refuse_reader(None, None)


@pytest.mark.parametrize(("fault", "what"), FAULTS[:3])
def test_a_fault_while_a_commit_is_written(
    database: Database, fault: Callable[[Database], None], what: str
) -> None:
    database.files.before_commit(database.schema)
    database.writer.execute("UPDATE log SET head = head + 1")
    fault(database)
    with pytest.raises(ForeignDatabase, match=what):
        database.files.after_commit()


def test_the_content_of_a_wal_that_was_deleted_is_saved(database: Database) -> None:
    assert database.head_on_disk() == 0
    delete_wal(database)
    with pytest.raises(ForeignDatabase):
        database.files.check()
    assert database.head_on_disk() == 1


def test_that_it_could_not_be_saved_is_part_of_the_error(database: Database) -> None:
    class Broken:
        def execute(self, _: str) -> None:
            raise sqlite3.OperationalError("disk I/O error")

    anchor, database.files._anchor = database.files._anchor, Broken()
    delete_wal(database)
    with pytest.raises(ForeignDatabase, match="deprived") as raised:
        database.files.check()
    assert raised.value.detail.endswith("its -wal held could not be saved: disk I/O error.")
    anchor.close()


def test_a_checkpoint_of_another_process_is_accepted_and_recorded(database: Database) -> None:
    before = len(database.records)
    with closing(database.connect()) as other:
        other.execute("PRAGMA wal_checkpoint(PASSIVE)")
    assert database.files.have_changed()
    database.write()
    assert not database.files.have_changed()
    marks = [record.mark.head for record in database.records[before:] if record and record.mark]
    assert marks == [1]


def test_another_schema_is_accepted_if_the_writer_sees_it(database: Database) -> None:
    with closing(database.connect()) as other:
        other.execute("CREATE TABLE more (x)")
        other.execute("PRAGMA wal_checkpoint(PASSIVE)")
    database.write()
    with closing(database.connect()) as other:
        other.execute("CREATE TABLE still_more (x)")
        other.execute("PRAGMA wal_checkpoint(PASSIVE)")
    with pytest.raises(ForeignDatabase, match="overwritten"):
        database.files.before_commit(lambda: 0)


def test_an_older_state_is_not_accepted(database: Database) -> None:
    older = shutil.copy(database.path, database.path.with_suffix(".older"))
    database.checkpoint()
    database.write()
    shutil.copy(older, database.path)
    with pytest.raises(ForeignDatabase, match="overwritten"):
        database.write()
