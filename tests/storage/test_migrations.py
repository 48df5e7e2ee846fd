"""What migrations do to the rows of earlier versions."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import flask_migrate
import pytest

from me_api.auth import lookup, web_tokens
from me_api.auth.nicks import fold
from me_api.chat import rooms
from tests.support.app import Person, make_user, open_app
from tests.support.server import ROOT

NICKS = ["ldor", "mos", "іdоr", "Mos.", "idor", "kim"]
IMAGE = '<img src="http://x.se/i.png"><blockquote cite="javascript:x">x</blockquote>'


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Make a database of the version before, with users and reports."""
    path = tmp_path / "old.sqlite"
    with open_app(tmp_path, path) as app, app.app_context():
        flask_migrate.upgrade(revision="0002")
    with closing(sqlite3.connect(path)) as old, old:
        for number, nick in enumerate(NICKS, start=1):
            values = (
                number,
                f"{number}@x.se",
                f"{number}@x.se",
                nick,
                nick.casefold(),
                "",
                "member",
                "",
            )
            old.execute("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        for week, text, deleted in ((1, IMAGE, None), (2, None, "x")):
            values = (week, "t", text, text, 1, "", "", deleted, week)
            old.execute("INSERT INTO reports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        old.execute("UPDATE log SET head = 2")
    return path


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def test_nicks_that_have_become_equal_stay_with_their_users(tmp_path: Path, database: Path) -> None:
    """F51: the first of them is found by the nick; each may still use their own."""
    with open_app(tmp_path, database) as app:
        with app.app_context():
            flask_migrate.upgrade()
            rooms.ensure(("lobby",))
            found = [lookup.by_nick(nick) for nick in NICKS]
        assert [user and user.id for user in found] == [1, 2, 1, 2, 1, 6]
        keys = [key for (key,) in rows(database, "SELECT nick_folded FROM users ORDER BY id")]
        assert [keys[0], keys[1], keys[5]] == [fold("ldor"), fold("mos"), fold("kim")]
        assert len(set(keys)) == len(NICKS)
        for number, nick in enumerate(NICKS, start=1):
            person = Person(app, web_tokens.issue(number, app.config["SETTINGS"].jwt_secret, 1))
            reply = person.post("/chat/rooms/lobby/messages", {"text": "hej"}).get_json()
            assert (reply["data"]["nick"], reply["data"]["verified"]) == (nick, True)
        app.extensions["log"].close()
        with app.app_context():
            flask_migrate.downgrade(revision="0002")
    old = dict(rows(database, "SELECT nick, nick_folded FROM users"))
    assert old == {nick: nick.casefold() for nick in NICKS}


def test_reports_are_rendered_anew(tmp_path: Path, database: Path) -> None:
    """F50: what was stored before loaded images from anywhere."""
    with open_app(tmp_path, database) as app:
        with app.app_context():
            flask_migrate.upgrade()
        html = Person(app).get("/reports/week/1").get_json()["data"]["html"]
    assert "http:" not in html and "cite" not in html and "<img" in html
    assert rows(database, "SELECT html FROM reports WHERE week = 2") == [(None,)]


def test_numbers_are_in_order_as_texts() -> None:
    """Versions are compared by them (`me_api.storage.migrations`)."""
    found = sorted(path.name[:5] for path in (ROOT / "migrations/versions").glob("*.py"))
    assert found == [f"{number:04}_" for number in range(1, len(found) + 1)]


def test_users_of_the_version_before_keep_ids_and_may_be_moderators(
    tmp_path: Path, database: Path
) -> None:
    """SQLite's table of users is replaced: an id of a deleted user is not assigned again."""
    with open_app(tmp_path, database) as app, app.app_context():
        flask_migrate.upgrade(revision="0012")
        with closing(sqlite3.connect(database)) as old, old:
            old.execute("DELETE FROM users WHERE id = 6")
        flask_migrate.upgrade()
        moderator = make_user(app, "new", "moderator")
        assert (moderator.id, moderator.generation, moderator.disabled) == (7, 0, None)
    before = rows(database, "SELECT access FROM log")
    with closing(sqlite3.connect(database)) as by_hand, by_hand:
        by_hand.execute("UPDATE users SET generation = 1 WHERE id = 1")
        by_hand.execute("UPDATE users SET password_hash = 'x'")
    assert rows(database, "SELECT access - 1 FROM log") == before
    with open_app(tmp_path, database) as app, app.app_context():
        flask_migrate.downgrade(revision="0012")
    roles = rows(database, "SELECT id, role FROM users WHERE id > 4")
    assert roles == [(5, "member"), (7, "member")]
    assert rows(database, "SELECT seq FROM sqlite_sequence WHERE name = 'users'") == [(7,)]


def test_of_entries_of_the_version_before_only_the_nick_is_known(
    tmp_path: Path, database: Path
) -> None:
    """Whom an entry was about is not guessed: somebody else may have the nick by now."""
    columns = "id, time, actor_id, actor, action, room, target, reason, count"
    with open_app(tmp_path, database) as app:
        with app.app_context():
            flask_migrate.upgrade(revision="0021")
            with closing(sqlite3.connect(database)) as old, old:
                values = (1, "2026-11-01T00:00:00.000Z", 6, "kim", "ban", None, "mos", "rude", 0)
                places = ", ".join("?" * len(values))
                old.execute(f"INSERT INTO moderation_log ({columns}) VALUES ({places})", values)
            flask_migrate.upgrade()
            owner = make_user(app, "owner", "owner")
        secret = app.config["SETTINGS"].jwt_secret
        (entry,) = (
            Person(app, web_tokens.issue(owner.id, secret, 1))
            .get("/moderation/log")
            .get_json()["data"]
        )
        assert (entry["actor_id"], entry["target"], entry["target_id"]) == (6, "mos", None)
        stored = Person(app, web_tokens.issue(2, secret, 1)).get("/account/data").get_json()
        assert [each["reason"] for each in stored["moderation"]] == ["rude"]
        app.extensions["log"].close()
        with app.app_context():
            flask_migrate.downgrade(revision="0021")
    assert rows(database, f"SELECT {columns} FROM moderation_log") == [values]
