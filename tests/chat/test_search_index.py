"""The full-text index: a search finds what is stored, whatever is written meanwhile."""

import random
import sqlite3
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from eventlet import patcher
from flask import Flask
from sqlalchemy.exc import NoResultFound

from me_api.chat.message_changes import EditMessage
from me_api.chat.search import index
from me_api.chat.search.index import CHUNK, SearchIndex
from me_api.chat.search.words import words as words_of_text
from me_api.errors import StorageUnavailable
from me_api.eventlog import log
from me_api.extensions import db
from tests.chat.search_client import Chat, Message, app, chat
from tests.support.app import Person, errors_of, open_app
from tests.support.databases import connect, execute
from tests.support.fixtures import anybody, make_person, template

__all__ = ["anybody", "app", "chat", "make_person", "template"]


def test_edits_and_deletions_are_followed(chat: Chat, app: Flask) -> None:
    first, second = chat.say("äpple päron"), chat.say("äpple banan")
    fill(app)
    assert chat.found("äpple") == ["äpple banan", "äpple päron"]
    first = chat.edit(first, "citron päron")
    assert chat.found("äpple") == ["äpple banan"]
    assert chat.found("citron") == ["citron päron"]
    fill(app)
    chat.delete(second)
    third = chat.say("banan kiwi")
    chat.delete(third)
    assert words(app) == {"citron", "paron"}
    assert chat.found("banan") == chat.found("kiwi") == []
    assert chat.found("päron") == ["citron päron"]
    fill(app)
    assert words(app) == {"citron", "paron"}


def fill(app: Flask) -> None:
    """Index all messages, as is done in the background."""
    app.extensions["indexer"].fill(app.extensions["log"].head)


def words(app: Flask) -> set[str]:
    """Return all words in the index, without the ids of rooms."""
    with connect(app.config["SQLALCHEMY_DATABASE_URI"]) as connection:
        if connection.dialect.name == "postgresql":
            held = execute(connection, "SELECT word FROM ts_stat('SELECT words FROM search_words')")
        else:
            vocabulary = "fts5vocab(main, search_words, instance)"
            execute(connection, f"CREATE VIRTUAL TABLE temp.held USING {vocabulary}")
            held = execute(connection, "SELECT term FROM temp.held WHERE col = 'words'")
    return {word for (word,) in held}


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_what_is_found_is_what_is_there(
    chat: Chat, app: Flask, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "CHUNK", 7)
    monkeypatch.setattr(index, "FEW", 2)
    chance, here = random.Random(seed), dict[int, Message]()
    letters = ["alfa", "beta", "gamma", "delta"]

    def text() -> str:
        return " ".join(chance.choices(letters, k=2)) + f" {chance.random()}"

    for _ in range(150):
        act = chance.random()
        if act < 0.5 or not here:
            message = chat.say(text())
            here[message["id"]] = message
        elif act < 0.75:
            message = chat.edit(here[chance.choice(list(here))], text())
            here[message["id"]] = message
        elif act < 0.9:
            chat.delete(here.pop(chance.choice(list(here))))
        else:
            q = chance.choice(letters)
            newest = sorted(here.values(), key=lambda message: -message["rev"])
            assert chat.found(q, "&limit=200") == [m["text"] for m in newest if q in m["text"]]
    for letter in letters:
        chat.found(letter)
    fill(app)
    assert words(app) == {
        word for message in here.values() for word in words_of_text(message["text"])
    }


def test_more_than_one_chunk_is_found_at_once(chat: Chat) -> None:
    for n in range(CHUNK + 10):
        chat.say(f"nummer n{n}")
    for n in (0, CHUNK - 1, CHUNK, CHUNK + 9):
        assert chat.found(f"n{n}") == [f"nummer n{n}"]


def test_what_was_there_before_the_index_is_in_it(tmp_path: Path) -> None:
    database = tmp_path / "old.sqlite"
    with open_app(tmp_path, database) as app, app.app_context():
        flask_migrate.upgrade(revision="0001")
    old = sqlite3.connect(database)
    old.execute("INSERT INTO rooms VALUES (1, 'lobby', 'lobby', 'post', 2, '')")
    row = "INSERT INTO messages (room_id, id, rev, born, nick, verified, sender, created, text)"
    for number, text in ((1, "gammalt"), (2, None)):
        values = (1, number, number, number, "mos", False, "x", "", text)
        old.execute(f"{row} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    old.execute("UPDATE log SET head = 2")
    old.commit()
    old.close()
    with open_app(tmp_path, database) as app, app.app_context():
        flask_migrate.upgrade()
        chat = Chat(Person(app))
        chat.say("nytt")
        assert chat.found("gammalt") == ["gammalt"]
        assert chat.found("nytt") == ["nytt"]
        app.extensions["log"].close()
        flask_migrate.downgrade(revision="0001")


def test_it_does_not_run_on_the_loop(
    chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ident = patcher.original("threading").get_ident
    threads = []
    find = index.find

    def watched(*args: Any) -> Any:
        threads.append(ident())
        return find(*args)

    monkeypatch.setattr(index, "find", watched)
    chat.found("hej")
    assert threads and ident() not in threads


def test_an_edit_that_overtakes_the_index_hides_nothing(
    chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "FEW", 0)
    message, backend, overtaken = chat.say("hej då"), app.extensions["search_index"], []
    reach = backend._catch_up

    def overtake(position: int) -> None:
        reach(position)
        if not overtaken:
            overtaken.append(message)
            log.commit(EditMessage("lobby", message["id"], None, None, True, "hej igen"))

    monkeypatch.setattr(backend, "_catch_up", overtake)
    assert chat.found("hej") == ["hej igen"]
    assert overtaken


def test_failing_disk_is_reported(chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "FEW", 0)
    chat.say("hej")

    def fail(*arguments: Any) -> None:
        raise StorageUnavailable("Nothing was stored: the disk is full.")

    monkeypatch.setattr(app.extensions["log"], "commit", fail)
    monkeypatch.setattr(app.extensions["log"].background, "write", fail)
    assert errors_of(chat.search("hej")) == [(503, "storage_unavailable", None)]


def test_the_index_is_kept_up_in_quiet_times(
    chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "CHUNK", 4)
    monkeypatch.setattr(app.extensions["search_index"].store, "spare", 4)
    monkeypatch.setattr(app.extensions["search_index"].store, "backlog", 10)
    background_indexer = app.extensions["indexer"]
    monkeypatch.setattr(background_indexer, "_loop", Timeless())

    def waiting() -> int:
        """Run the indexer once and return how many messages are not in the index."""
        background_indexer.start()
        with app.app_context(), db.engine.connect() as connection:
            indexed = connection.exec_driver_sql("SELECT indexed FROM search").scalar_one()
        waiting: int = background_indexer._log.head - indexed
        return waiting

    def say(count: int) -> None:
        for n in range(count):
            chat.say(f"ord {n}")

    say(4)
    assert waiting() == 4, "few can wait for a search"
    say(1)
    assert waiting() <= 4, "more cannot"
    say(5)
    assert waiting() > 4, "in a storm they can"
    say(5)
    assert 4 < waiting() <= 10, "but not too many"
    assert waiting() <= 4, "and not when it is over"


def test_f37_the_indexer_goes_on_after_any_error_and_logs_each_kind_once(
    chat: Chat,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(index, "CHUNK", 4)
    background_indexer, loop = app.extensions["indexer"], Timeless()
    monkeypatch.setattr(background_indexer, "_loop", loop)
    for n in range(10):
        chat.say(f"ord {n}")
    errors = [ZeroDivisionError("a bug"), NoResultFound("no row"), StorageUnavailable("full")]
    for error in (*errors, *errors):

        def fail(position: int, background: bool, error: Exception = error) -> None:
            raise error

        with monkeypatch.context() as broken:
            broken.setattr(background_indexer._index.store, "add_chunk", fail)
            background_indexer.start()
    assert len(loop.calls) == 6, "it looks again after each of them"
    assert len(caplog.records) == 3
    assert all(record.message.startswith("messages were not indexed") for record in caplog.records)
    background_indexer.start()
    assert chat.found("ord") == [f"ord {n}" for n in reversed(range(10))]
    with monkeypatch.context() as broken:
        broken.setattr(background_indexer._index.store, "add_chunk", fail)
        background_indexer.start()
    assert len(caplog.records) == 4, "after a success it is news again"


def test_a_search_waits_for_no_more_than_it_can(
    chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "CHUNK", 2)
    monkeypatch.setattr(index, "FEW", 0)
    monkeypatch.setattr(app.extensions["search_index"].store, "behind", 4)
    for n in range(4):
        chat.say(f"ord {n}")
    assert len(chat.found("ord")) == 4
    for n in range(7):
        chat.say(f"ord {n}")
    refused = chat.search("ord")
    assert errors_of(refused) == [(503, "storage_unavailable", None)]
    assert "54 % is done" in refused.get_json()["errors"][0]["detail"]
    fill(app)
    assert len(chat.found("ord")) == 11
    monkeypatch.setattr(index, "MANY", 0)
    monkeypatch.setattr(SearchIndex, "_catch_up", lambda *_: chat.say("ord igen"))
    chat.say("ord")
    assert errors_of(chat.search("ord")) == [(503, "storage_unavailable", None)]


def test_positions_that_a_new_epoch_skips_need_no_indexing(chat: Chat, app: Flask) -> None:
    chat.say("ord")
    with connect(app.config["SQLALCHEMY_DATABASE_URI"]) as connection:
        execute(connection, "UPDATE log SET head = head + 1000000")
    assert chat.found("ord") == ["ord"]


class Timeless:
    """A loop on which no timer fires, and nothing waits."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def event(self) -> "Timeless":
        return self

    def wait(self, seconds: float) -> None:
        """Return at once, as if the time had passed."""

    def call_later(self, seconds: float, function: Any) -> None:
        self.calls.append(function)
