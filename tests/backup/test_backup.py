"""`flask backup`: a whole and sound copy of a database that is being written to."""

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.chat.clients import Room
from tests.conftest import MakeServer
from tests.storage.files import names, texts, whole
from tests.support.server import LiveServer

pytestmark = pytest.mark.sqlite


def held(path: Path, statement: str) -> list[object]:
    """Return the first column of what a database file holds."""
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute(statement)]


def test_a_backup_while_messages_are_posted(server: LiveServer, tmp_path: Path) -> None:
    """It has all that was acknowledged before, without gaps; and the server goes on."""
    room, stop = Room(server, "lobby"), threading.Event()
    room.say("before")
    acknowledged: list[int] = []

    def post() -> None:
        while not stop.is_set():
            acknowledged.append(room.say()["id"])

    poster = threading.Thread(target=post)
    poster.start()
    try:
        target = tmp_path / "backup.sqlite"
        before = len(acknowledged)
        server.post("/register", {"email": "kim@example.com", "password": "correct horse"})
        done = server.flask("backup", str(target))
    finally:
        stop.set()
        poster.join()
    assert (done.returncode, done.stderr) == (0, "")
    ids = held(target, "SELECT id FROM messages ORDER BY id")
    assert ids == list(range(1, len(ids) + 1))
    assert len(ids) > before
    assert f"{len(ids):,} messages, 0 reports, 1 user, up to" in done.stdout
    assert f"up to rev {len(ids)}; " in done.stdout
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("*backup*")] == ["backup.sqlite"]
    assert held(target, "PRAGMA journal_mode") == ["delete"], "one file, which cp copies"
    whole(target)
    room.say("after")
    assert len(texts(server)) > 0


def test_what_is_not_overwritten(server: LiveServer, tmp_path: Path) -> None:
    Room(server, "lobby").say("hej")
    target = tmp_path / "backup.sqlite"
    target.write_text("a diary")
    refused = server.flask("backup", str(target))
    assert "exists already: choose another name, or --replace it" in refused.stderr
    assert target.read_text() == "a diary"
    assert server.flask("backup", "--replace", str(target)).returncode == 0
    whole(target)
    link = tmp_path / "link.sqlite"
    link.symlink_to(server.database)
    hard = tmp_path / "hard.sqlite"
    os.link(server.database, hard)
    for path in (*names(server.database), Path(f"{server.database}.lock"), link, hard):
        assert server.flask("backup", "--replace", str(path)).returncode == 1, path
    missing = server.flask("backup", str(tmp_path / "no" / "folder"))
    assert "there is no folder" in missing.stderr
    assert texts(server) == ["hej"]


def test_the_database_of_another_server_is_not_replaced(make_server: MakeServer) -> None:
    one, another = make_server(), make_server()
    refused = one.flask("backup", "--replace", str(another.database))
    assert "a server runs on" in refused.stderr
    another.restart()


def test_a_damaged_database_is_not_backed_up(server: LiveServer, tmp_path: Path) -> None:
    """It is checked after it has been written, and nothing is left of it."""
    for number in range(20):
        Room(server, "lobby").say(f"message {number}")
    server.stop()
    with server.database.open("r+b") as file:
        # A page of the table of messages, whose header says what it is.
        content = file.read()
        place = content.index(b"message 7")
        file.seek(place - place % 4096)
        file.write(b"\xff" * 8)
    target = tmp_path / "backup.sqlite"
    refused = server.flask("backup", str(target))
    assert refused.returncode == 1
    assert "Nothing was written" in refused.stderr
    assert not list(tmp_path.glob("*backup*"))


def test_postgresql_has_pg_dump_for_that(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server(start=False, database_url="postgresql+psycopg://nobody@127.0.0.1:1/none")
    refused = server.flask("backup", str(tmp_path / "backup.sqlite"))
    assert refused.returncode == 1
    assert "pg_dump" in refused.stderr
    assert "docs/operations.md" in refused.stderr
