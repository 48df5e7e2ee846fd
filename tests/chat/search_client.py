"""A client that posts messages and searches for them, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from me_api.chat import rooms
from tests.support.app import Person, app_on, fresh_app
from tests.support.databases import DATABASE, connect, execute

GUEST = {"X-Guest": "g" * 30}
Message = dict[str, Any]


class Chat:
    """Posts and searches as one user or guest."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def say(self, text: str, room: str = "lobby") -> Message:
        """Post a message and return it."""
        body = {"text": text, "nick": "mos"}
        reply = self.person.post(f"/chat/rooms/{room}/messages", body, headers=GUEST)
        assert reply.status_code == 201, reply.text
        message: Message = reply.get_json()["data"]
        return message

    def edit(self, message: Message, text: str) -> Message:
        """Replace the text of a message and return it."""
        reply = self.person.request("PATCH", _place(message), {"text": text}, headers=GUEST)
        assert reply.status_code == 200, reply.text
        edited: Message = reply.get_json()["data"]
        return edited

    def delete(self, message: Message) -> None:
        """Delete a message, as its sender."""
        assert self.person.delete(_place(message), headers=GUEST).status_code == 200

    def search(self, q: str, query: str = "") -> Any:
        """Search and return the response."""
        return self.person.get(f"/chat/search?q={quote(q, safe='')}{query}")

    def found(self, q: str, query: str = "") -> list[str]:
        """Search and return the texts of the hits."""
        reply = self.search(q, query)
        assert reply.status_code == 200, reply.text
        return [message["text"] for message in reply.get_json()["data"]]


def _place(message: Message) -> str:
    return f"/chat/rooms/{message['room']}/messages/{message['id']}"


@pytest.fixture(params=["sqlite", "postgresql"] if DATABASE == "sqlite" else [DATABASE])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """Build an application on each database, which has an index of its own."""
    if request.param == "sqlite":
        with fresh_app(tmp_path, request.getfixturevalue("template")) as made:
            yield made
        return
    with app_on(request.getfixturevalue("postgresql_databases"), tmp_path) as made:
        yield made


@pytest.fixture
def chat(app: Flask, anybody: Person) -> Chat:
    """Return a client of a guest, with two rooms to post to."""
    with app.app_context():
        rooms.ensure(("lobby", "attic"))
    return Chat(anybody)


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
