"""Finding messages by their words."""

import random
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

import flask_migrate
import pytest
from eventlet import patcher
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from me_api.chat import indexing, rooms, search
from me_api.chat.indexing import CHUNK, Indexer
from me_api.chat.store import EditMessage
from me_api.errors import StorageUnavailable
from me_api.extensions import db
from me_api.limits import Limits
from me_api.log import log
from tests.support.app import Person, errors_of, open_app
from tests.support.fixtures import MakePerson, anybody, app, make_person, template

__all__ = ["anybody", "app", "make_person", "template"]

GUEST = {"X-Guest": "g" * 30}
Message = dict[str, Any]


class Chat:
    """Somebody who writes and searches."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def say(self, text: str, room: str = "lobby") -> Message:
        """Post a message."""
        body = {"text": text, "nick": "mos"}
        reply = self.person.post(f"/chat/rooms/{room}/messages", body, headers=GUEST)
        assert reply.status_code == 201, reply.text
        message: Message = reply.get_json()["data"]
        return message

    def edit(self, message: Message, text: str) -> Message:
        """Give it a new text."""
        reply = self.person.request("PATCH", _place(message), {"text": text}, headers=GUEST)
        assert reply.status_code == 200, reply.text
        edited: Message = reply.get_json()["data"]
        return edited

    def delete(self, message: Message) -> None:
        """Delete it."""
        assert self.person.delete(_place(message), headers=GUEST).status_code == 200

    def search(self, q: str, query: str = "") -> Any:
        """Search."""
        return self.person.get(f"/chat/search?q={quote(q, safe='')}{query}")

    def found(self, q: str, query: str = "") -> list[str]:
        """Give the texts that are found."""
        reply = self.search(q, query)
        assert reply.status_code == 200, reply.text
        return [message["text"] for message in reply.get_json()["data"]]


def _place(message: Message) -> str:
    return f"/chat/rooms/{message['room']}/messages/{message['id']}"


@pytest.fixture
def chat(app: Flask, anybody: Person) -> Chat:
    """Let anybody chat."""
    with app.app_context():
        rooms.ensure(("lobby", "attic"))
    return Chat(anybody)


def test_what_is_found(chat: Chat) -> None:
    texts = ["Hej på dig", "Hej hej, KURSEN är bra", "på kursen hej då", "e-post: mos@example.com"]
    for text in texts:
        chat.say(text)
    for q, numbers in {
        "hej": [2, 1, 0],
        "HEJ": [2, 1, 0],
        "dig": [0],
        "dig ! - 😀": [0],
        "kursen hej": [2, 1],
        '"hej kursen"': [1],
        '"kursen hej hej"': [],
        '"hej hej"': [1],
        '"hej på"': [0],
        '"på kursen" hej': [2],
        "kurs": [],
        "kurs*": [2, 1],
        "ku*": [],
        '"kurs*"': [],
        "pa": [2, 0],
        "då bra": [],
        "e-post": [3],
        "post-e": [],
        "example": [3],
    }.items():
        assert chat.found(q) == [texts[number] for number in numbers], q


def test_a_message_is_found_as_it_is_with_the_part_that_shows_why(chat: Chat) -> None:
    message = chat.say("Hej <b>du</b>, hej & välkommen \x02 till 😀 kursen")
    (found,) = chat.search('hej "till 😀 kursen"').get_json()["data"]
    excerpt = found.pop("excerpt")
    assert found == message
    assert excerpt == [
        {"text": "Hej", "match": True},
        {"text": " <b>du</b>, ", "match": False},
        {"text": "hej", "match": True},
        {"text": " & välkommen \x02 ", "match": False},
        {"text": "till 😀 kursen", "match": True},
    ]


def test_of_a_long_text_the_part_is_shown(chat: Chat) -> None:
    chat.say("a " * 500 + "nål" + " b" * 500)
    excerpt = chat.search("nål").get_json()["data"][0]["excerpt"]
    assert [part["text"] for part in excerpt if part["match"]] == ["nål"]
    assert sum(len(part["text"]) for part in excerpt) < 100


QUERIES = [
    "",
    " ",
    '"',
    '""',
    '"a',
    "'",
    "*",
    "**",
    "a*",
    "abc**",
    "!!!",
    "😀",
    "(",
    ")",
    "a)",
    "^a",
]
QUERIES += ["a OR b", "a AND", "NOT a", "NEAR(a b)", "text:a", "room_id : 1", "{text} : a", "-a"]
QUERIES += [
    "a + b",
    "a\0b",
    "\0",
    "x" * 201,
    "a " * 17,
    "ˆ",
    "a;DROP TABLE messages",
    "%",
    "\\",
    "\ud7ff",
]


@pytest.mark.parametrize("q", QUERIES)
def test_any_text_can_be_searched_for(chat: Chat, q: str) -> None:
    chat.say("a b c")
    reply = chat.search(q)
    assert reply.status_code in (200, 422), reply.text
    if reply.status_code == 422:
        assert errors_of(reply) == [(422, "invalid", "q")]


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(q=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_whatever_the_text_it_is_answered(chat: Chat, q: str) -> None:
    assert chat.search(q).status_code in (200, 422)


@pytest.mark.parametrize("query", ["", "?q=a&limit=0", "?q=a&limit=201", "?q=a&before=0"])
def test_wrong_queries_are_told(chat: Chat, query: str) -> None:
    assert chat.person.get(f"/chat/search{query}").status_code == 422


def test_edits_and_deletions_are_followed(chat: Chat, app: Flask) -> None:
    first, second = chat.say("äpple päron"), chat.say("äpple banan")
    assert chat.found("äpple") == ["äpple banan", "äpple päron"]
    first = chat.edit(first, "citron päron")
    assert chat.found("äpple") == ["äpple banan"]
    assert chat.found("citron") == ["citron päron"]
    chat.delete(second)
    third = chat.say("banan kiwi")
    chat.delete(third)
    assert chat.found("banan") == chat.found("kiwi") == []
    assert chat.found("päron") == ["citron päron"]
    assert words(app) == {"citron", "paron"}


def words(app: Flask) -> set[str]:
    """Give all that the index holds, but for the numbers of rooms."""
    with sqlite3.connect(Path(app.instance_path) / "me-api.sqlite") as database:
        database.execute(
            "CREATE VIRTUAL TABLE temp.held USING fts5vocab(main, search_words, instance)"
        )
        held = database.execute("SELECT term FROM temp.held WHERE col = 'text'").fetchall()
    database.close()
    return {term for (term,) in held}


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_what_is_found_is_what_is_there(
    chat: Chat, app: Flask, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "CHUNK", 7)
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
    assert words(app) - {"0"} == {
        word for message in here.values() for word in message["text"].replace(".", " ").split()
    } - {"0"}


def test_more_than_one_chunk_is_found_at_once(chat: Chat) -> None:
    for n in range(CHUNK + 10):
        chat.say(f"nummer n{n}")
    for n in (0, CHUNK - 1, CHUNK, CHUNK + 9):
        assert chat.found(f"n{n}") == [f"nummer n{n}"]


def test_pages_follow_each_other(chat: Chat) -> None:
    said = [chat.say(f"ord {n}") for n in range(23)]
    url, seen = "/chat/search?q=ord&room=lobby&limit=10", []
    pages = 0
    while url:
        page = chat.person.get(url).get_json()
        seen += [message["text"] for message in page["data"]]
        chat.edit(said[22], f"ord edited {pages}")
        chat.say(f"ord later {pages}")
        url, pages = page["page"]["older"], pages + 1
    assert pages == 3
    assert seen == [f"ord {n}" for n in reversed(range(23))]
    page = chat.search("ord").get_json()
    changes = chat.person.get(f"/chat/rooms/lobby/changes?since={page['rev']}").get_json()
    assert (changes["data"], changes["epoch"]) == ([], page["epoch"])
    assert chat.search("ord", "&limit=26").get_json()["page"] == {"older": None}


@pytest.mark.parametrize("few", [0, 1, 2, search.FEW])
def test_only_rooms_that_one_may_read(
    chat: Chat, make_person: MakePerson, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(search, "FEW", few)
    owner = Chat(make_person("owner", "owner"))
    for room in ("lobby", "attic"):
        chat.say(f"hemligt i {room}", room)
    assert chat.found("hemligt", "&room=attic") == ["hemligt i attic"]
    owner.person.request("PATCH", "/chat/rooms/attic", {"guests": "none"})
    assert chat.found("hemligt") == ["hemligt i lobby"]
    assert owner.found("hemligt") == ["hemligt i attic", "hemligt i lobby"]
    assert owner.found("hemligt", "&room=attic") == ["hemligt i attic"]
    assert errors_of(chat.search("hemligt", "&room=attic")) == [(403, "members_only", None)]
    assert errors_of(chat.search("hemligt", "&room=cellar")) == [(404, "not_found", "room")]
    owner.person.request("PATCH", "/chat/rooms/attic", {"guests": "read"})
    assert len(chat.found("hemligt")) == 2


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


def test_it_does_not_run_on_the_loop(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ident = patcher.original("threading").get_ident
    threads, find = [], search._find

    def watched(*args: Any) -> Any:
        threads.append(ident())
        return find(*args)

    monkeypatch.setattr(search, "_find", watched)
    chat.found("hej")
    assert threads and ident() not in threads


def test_an_edit_that_overtakes_the_index_hides_nothing(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, find, reach, told = chat.say("hej då"), search._find, Indexer.reach, []

    def watched(*args: Any) -> Any:
        told.append(find(*args)[1])
        return find(*args)

    def overtaken(self: Indexer, position: int) -> None:
        reach(self, position)
        if len(told) == 1:
            log.commit(EditMessage("lobby", message["id"], None, None, True, "hej igen"))

    monkeypatch.setattr(search, "_find", watched)
    monkeypatch.setattr(Indexer, "reach", overtaken)
    assert chat.found("hej") == ["hej igen"]
    assert [found is None for found in told] == [True, True, False]


def test_a_database_without_an_index_says_so(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Indexer, "available", False)
    assert errors_of(chat.search("hej")) == [(501, "not_supported", None)]


def test_a_failing_disk_is_told(chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    chat.say("hej")

    def fail(change: Any) -> None:
        raise StorageUnavailable("Nothing was stored: the disk is full.")

    monkeypatch.setattr(app.extensions["log"], "commit", fail)
    assert errors_of(chat.search("hej")) == [(503, "storage_unavailable", None)]


def test_searches_are_limited(chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "limits", Limits(enabled=True))
    statuses = [chat.search("hej").status_code for _ in range(40)]
    assert statuses[0] == 200 and statuses[-1] == 429


def test_the_index_is_kept_up_in_quiet_times(
    chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "CHUNK", 4)
    monkeypatch.setattr(indexing, "BACKLOG", 10)
    kept = app.extensions["indexer"]
    monkeypatch.setattr(kept, "_loop", Timeless())

    def waiting() -> int:
        """Look, as it is done now and then; give how many messages are not in the index."""
        kept.keep_up()
        with app.app_context(), db.engine.connect() as connection:
            indexed = connection.exec_driver_sql("SELECT indexed FROM search").scalar_one()
        waiting: int = kept._log.head - indexed
        return waiting

    def say(count: int) -> None:
        for n in range(count):
            chat.say(f"ord {n}")

    say(4)
    assert waiting() == 4, "few can wait for a search"
    say(1)
    assert waiting() == 1, "more cannot"
    say(5)
    assert waiting() == 6, "in a storm they can"
    say(5)
    assert waiting() == 7, "but not too many"
    assert waiting() == 3, "and not when it is over"


class Timeless:
    """A loop on which nothing happens later."""

    def after(self, seconds: float, function: Any) -> None:
        """Do nothing."""
