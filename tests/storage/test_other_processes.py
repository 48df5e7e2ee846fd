"""What other processes may do to the database of a running server, and what they may not."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.operations.test_startup import refusal
from tests.storage.files import checkpoint, copy, names, post, ready, texts, whole
from tests.support.server import ROOT, LiveServer
from tests.support.wait import wait_until

Act = Callable[[LiveServer], object]


def execute(server: LiveServer, statement: str) -> None:
    with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
        other.execute(statement).fetchall()


ALLOWED: list[Act] = [
    lambda server: checkpoint(server.database),
    lambda server: copy(server.database),
    lambda server: execute(server, "VACUUM"),
    lambda server: execute(server, "CREATE INDEX another ON messages (nick)"),
    lambda server: execute(server, "ANALYZE"),
    lambda server: execute(server, "DELETE FROM sessions"),
    lambda server: server.flask("chat", "say", "lobby", "from the command line"),
]


@pytest.mark.parametrize("then_checkpoint", [False, True])
def test_a_database_may_be_used_by_others(server: LiveServer, then_checkpoint: bool) -> None:
    """F29: none of this is taken for another database."""
    for number, act in enumerate(ALLOWED):
        act(server)
        if then_checkpoint:
            checkpoint(server.database)
        assert post(server, f"after {number}") == 201
    assert ready(server) == (200, [])
    server.restart(kill=True)
    assert [text for text in texts(server) if text.startswith("after")] == [
        f"after {number}" for number in range(len(ALLOWED))
    ]
    whole(server.database)


def test_f29_a_vacuumed_copy_over_the_database_is_noticed(server: LiveServer) -> None:
    """Its pages are others, though its last position may be the newest."""
    assert [post(server, f"old {number}") for number in range(3)] == [201] * 3
    vacuumed = server.folder / "vacuumed.sqlite"
    execute(server, f"VACUUM INTO '{vacuumed}'")
    shutil.copy(vacuumed, server.database)
    assert post(server, "lost") == 503
    # If what is read has moved to another page, reading fails before the writer looks.
    wait_until(lambda: ready(server) == (503, ["foreign_database"]), what="noticing it")
    server.restart(kill=True)
    assert texts(server) == [f"old {number}" for number in range(3)]
    assert post(server, "again") == 201
    whole(server.database)


def test_f29_a_symbolic_link_to_another_file_is_noticed(make_server: MakeServer) -> None:
    server = make_server(start=False)
    files = [server.folder / f"{name}.sqlite" for name in ("first", "second")]
    server.database.rename(files[0])
    shutil.copy(*files)
    server.database.symlink_to(files[0])
    server.start()
    assert post(server, "hej") == 201
    assert names(files[0])[1].exists()
    server.database.unlink()
    server.database.symlink_to(files[1])
    assert post(server, "lost") == 503
    server.restart()
    assert texts(server) == []


def linked(path: Path) -> Path:
    (link := path.with_name("linked.sqlite")).symlink_to(path)
    return link


def hard_linked(path: Path) -> Path:
    folder = path.parent / "elsewhere"
    folder.mkdir()
    (link := folder / "hard.sqlite").hardlink_to(path)
    return link


def through_a_link(path: Path) -> Path:
    (link := path.parent / "link").symlink_to(path.parent, target_is_directory=True)
    return link / path.name


def relative(path: Path) -> Path:
    """Return the path from the instance folder, as Flask-SQLAlchemy takes it."""
    return Path(os.path.relpath(path, ROOT / "instance"))


@pytest.mark.parametrize("name", [Path, linked, hard_linked, through_a_link, relative])
def test_f31_a_second_server_on_the_same_database_is_refused(
    server: LiveServer, make_server: MakeServer, name: Callable[[Path], Path]
) -> None:
    path = name(server.database)
    second = make_server(start=False, database_url=f"sqlite:///{path}")
    line = refusal(second)
    assert line.startswith("another server runs on /") and line.endswith("ME_API_DATABASE_URL.")
    assert post(server, "hej") == 201
    server.stop()
    second.start()
    assert texts(second) == ["hej"]


def test_f31_commands_work_beside_a_server(server: LiveServer) -> None:
    said = server.flask("chat", "say", "lobby", "hej", forked=False)
    assert (said.returncode, said.stderr) == (0, "")
    for command in (["chat", "export", "lobby"], ["db", "upgrade"]):
        assert server.flask(*command).returncode == 0


def test_f31_a_server_starts_after_any_end_of_the_one_before(server: LiveServer) -> None:
    for kill in (True, False, True, True):
        server.restart(kill=kill)
    (lock,) = server.database.parent.glob("*.lock")
    lock.write_text("no record")
    server.restart()
    lock.unlink()
    server.restart()
