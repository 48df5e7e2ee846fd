"""A server that is started on a copy, or on an older state, begins a new epoch."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.chat.clients import CHAT, Room
from tests.conftest import MakeServer
from tests.storage.files import names, post, start_in_own_folder, texts, whole
from tests.support.server import LiveServer
from tests.support.wire import Memory, WireClient

pytestmark = pytest.mark.sqlite

Restore = Callable[[LiveServer, Path], None]
"""Puts a backup to where the server finds it, while it is stopped."""


def remove(server: LiveServer) -> None:
    for path in names(server.database):
        path.unlink(missing_ok=True)


def elsewhere(server: LiveServer, backup: Path) -> None:
    folder = server.folder / "elsewhere"
    folder.mkdir()
    server.database = Path(shutil.copy(backup, folder / server.database.name))
    server.settings["database_url"] = f"sqlite:///{server.database}"


def in_place(server: LiveServer, backup: Path) -> None:
    """Write over the file, which keeps its inode."""
    for path in names(server.database)[1:]:
        path.unlink(missing_ok=True)
    with server.database.open("r+b") as file:
        file.truncate()
        file.write(backup.read_bytes())


def in_place_of(server: LiveServer, backup: Path) -> None:
    remove(server)
    shutil.copy(backup, server.database)


def whole_folder(server: LiveServer, _: Path) -> None:
    """Copy the record beside the file, too, which is of another file."""
    copied = server.database.parent.with_name("copied")
    shutil.copytree(server.database.parent, copied)
    server.database = copied / server.database.name
    server.settings["database_url"] = f"sqlite:///{server.database}"


def by_sqlite(server: LiveServer, backup: Path) -> None:
    with (
        closing(sqlite3.connect(backup)) as source,
        closing(sqlite3.connect(server.database)) as to,
    ):
        source.backup(to)


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server whose database has a folder of its own, and some messages."""
    return start_in_own_folder(make_server(start=False))


def epoch(server: LiveServer) -> str:
    return str(Room(server, "lobby").page("limit=0")["epoch"])


def plain_copy(server: LiveServer, path: Path) -> Path:
    """Copy the database without marking it, as `sqlite3 .backup` does."""
    with closing(sqlite3.connect(server.database)) as now, closing(sqlite3.connect(path)) as copy:
        now.backup(copy)
    return path


@pytest.mark.parametrize(
    ("restore", "marked", "kill"),
    [
        (elsewhere, True, False),
        (in_place, True, True),
        (in_place, False, False),
        (in_place_of, False, True),
        (whole_folder, False, False),
        (by_sqlite, False, False),
    ],
)
def test_no_cursor_of_before_is_taken(
    server: LiveServer, tmp_path: Path, restore: Restore, marked: bool, kill: bool
) -> None:
    backup = tmp_path / "backup.sqlite"
    if marked:
        assert server.flask("backup", str(backup)).returncode == 0
    else:
        plain_copy(server, backup)
    assert [post(server, f"new {number}") for number in range(3)] == [201] * 3
    room = Room(server, "lobby")
    before = room.page("limit=0")
    # What is in the file alone, without its -wal, is what a kill leaves of a record.
    with closing(sqlite3.connect(server.database)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert post(server, "after the checkpoint") == 201
    with WireClient(server.host, server.port) as client:
        pid = client.connect(CHAT, {"nick": "anna"})["pid"]
        client.call(CHAT, "join", {"room": "lobby"})
        memory: Memory = client.memory
    server.kill() if kill else server.stop()
    restore(server, backup)
    server.start()

    after = room.page()
    assert after["epoch"] != before["epoch"]
    assert after["rev"] >= before["rev"] + 900_000, "nothing is taken for what was lost"
    assert "a new epoch begins" in server.log
    refused = room.get(f"/changes?since={before['rev']}&epoch={before['epoch']}")
    assert (refused.status, refused.json["errors"][0]["code"]) == (410, "foreign_epoch")
    # A client that names no epoch misses nothing that is new.
    said = room.say("nyhet")
    assert room.changes(before["rev"])["data"][-1] == said
    hits = server.get("/chat/search?q=nyhet").json["data"]
    assert [hit["id"] for hit in hits] == [said["id"]]
    with WireClient(server.host, server.port, memory=memory) as client:
        assert client.connect(CHAT, {"nick": "anna"})["pid"] != pid, "it was not resumed"

    for killed in (True, False):
        server.restart(kill=killed)
        assert epoch(server) == after["epoch"], "one new epoch is enough"
    whole(server.database)


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_the_same_file_keeps_its_epoch(server: LiveServer, kill: bool) -> None:
    """Also after changes of other processes, and under another name of its folder."""
    before = epoch(server)
    server.restart(kill=kill)
    assert epoch(server) == before
    server.kill() if kill else server.stop()
    assert server.flask("chat", "say", "lobby", "from the command line").returncode == 0
    with closing(sqlite3.connect(server.database)) as other:
        other.execute("VACUUM")
    moved = server.database.parent.rename(server.folder / "moved")
    server.database = moved / server.database.name
    server.settings["database_url"] = f"sqlite:///{server.database}"
    server.start()
    assert epoch(server) == before
    assert texts(server) == ["old 0", "old 1", "old 2", "from the command line"]


def test_a_backup_is_restored_twice(server: LiveServer, tmp_path: Path) -> None:
    """What was posted after the first is another's history after the second."""
    assert server.flask("backup", str(tmp_path / "backup.sqlite")).returncode == 0
    seen = {epoch(server)}
    for count in (2, 3):
        server.stop()
        in_place(server, tmp_path / "backup.sqlite")
        server.start()
        assert post(server, "again") == 201
        seen.add(epoch(server))
        assert len(seen) == count


def test_a_backup_that_is_copied_into_another_database(server: LiveServer, tmp_path: Path) -> None:
    backup, target = tmp_path / "backup.sqlite", tmp_path / "target.sqlite"
    assert server.flask("backup", str(backup)).returncode == 0
    before = epoch(server)
    copied = server.flask("db", "copy", f"sqlite:///{backup}", f"sqlite:///{target}")
    assert copied.returncode == 0, copied.stderr
    server.stop()
    server.settings["database_url"] = f"sqlite:///{target}"
    server.start()
    assert epoch(server) != before
    assert "a new epoch begins" not in server.log, "it has one already"


def test_a_rollback_of_the_disk_is_said_by_hand(server: LiveServer) -> None:
    """The database, the record beside it and their inodes are as they were."""
    before = epoch(server)
    refused = server.flask("db", "new-epoch")
    assert "another server runs on" in refused.stderr
    server.stop()
    said = server.flask("db", "new-epoch")
    assert (said.returncode, said.stderr) == (0, "")
    server.start()
    assert epoch(server) not in (before, "")
    assert epoch(server) in said.stdout
