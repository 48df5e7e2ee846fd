"""The full-text index: a search finds what is stored, whatever is written meanwhile."""

import random
import sqlite3
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from eventlet import patcher
from flask import Flask

from me_api.chat.message_changes import PostMessage
from me_api.chat.message_edits import EditMessage
from me_api.chat.search import index
from me_api.chat.search.index import CHUNK
from me_api.chat.search.words import words as words_of_text
from me_api.eventlog import log
from tests.chat.search_client import Chat, Message, app, chat, fill, words
from tests.support.app import Person, open_app
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


def test_more_than_one_chunk_is_found_at_once(chat: Chat, app: Flask) -> None:
    with app.app_context():
        # In few transactions: these are changes of one turn of the loop.
        for n in range(CHUNK + 9):
            log.commit_later(PostMessage("lobby", f"nummer n{n}", "mos", False, "x", None, None))
    chat.say(f"nummer n{CHUNK + 9}")
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
