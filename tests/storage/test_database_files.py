"""What the writer of an SQLite database finds out about its files, step by step."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from me_api.errors import ForeignDatabase, StorageUnavailable
from me_api.storage.database_files import ATTEMPTS, DatabaseFiles
from me_api.storage.mark import OVERWRITTEN, Record, read_mark

QUERY = "SELECT epoch, schema_version, head FROM log, pragma_schema_version"


class Database:
    """A database with a `-wal`, the connection that writes it, and its files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer = self.connect()
        self.writer.execute("CREATE TABLE log (epoch, head)")
        self.writer.execute("INSERT INTO log VALUES ('e', 0)")
        self.checkpoint()
        self.files = DatabaseFiles(str(path), QUERY)
        self.records: list[Record] = []
        self.files.on_record = self.records.append
        self.files.open(self.connect)

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        return connection

    def checkpoint(self) -> None:
        self.writer.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def write(self) -> None:
        """Commit as the committer does."""
        self.files.before_commit(self.schema)
        self.writer.execute("UPDATE log SET head = head + 1")
        self.files.after_commit()

    def schema(self) -> int:
        return int(self.writer.execute("PRAGMA schema_version").fetchone()[0])

    def head_on_disk(self) -> int:
        found = read_mark(str(self.path), QUERY)
        assert found is not None
        return found.head

    @property
    def beside(self) -> list[Path]:
        return [self.path.with_name(f"{self.path.name}-{name}") for name in ("wal", "shm")]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "data.sqlite")
    made.write()
    yield made
    made.writer.close()


def delete(database: Database) -> None:
    database.path.unlink()


def replace(database: Database) -> None:
    os.replace(shutil.copy(database.path, database.path.with_suffix(".copy")), database.path)


def delete_wal(database: Database) -> None:
    database.beside[0].unlink()


def delete_shm(database: Database) -> None:
    database.beside[1].unlink()


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
    assert found[0] is found[1], "it is foreign until the server is restarted"
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


def test_files_that_are_ours_with_another_log_are_abandoned(database: Database) -> None:
    assert "restored or replaced" in database.files.abandon().detail
    last = database.records[-1]
    assert last.wal is None, "the -wal belongs to the file"
    assert last.mark == OVERWRITTEN


def test_opening_again_finds_a_file_that_was_replaced(database: Database) -> None:
    replace(database)
    with pytest.raises(ForeignDatabase, match="replaced"):
        database.files.open(database.connect)


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
