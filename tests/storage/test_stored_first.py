"""F38: what cannot be stored has not happened, and what is stored is not answered with an error."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from me_api.extensions import db
from tests.conftest import MakeServer
from tests.support.fixtures import MakePerson, app, make_person, template
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient

__all__ = ["app", "make_person", "template"]
LOBBY = "/chat/rooms/lobby"


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server that waits half a second for a lock."""
    return make_server(entry="short_busy_timeout")


@contextmanager
def locked(server: LiveServer) -> Iterator[None]:
    """Hold the write lock as another process does."""
    with closing(sqlite3.connect(server.database, timeout=10)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        yield
        lock.execute("ROLLBACK")


@contextmanager
def member(server: LiveServer, nick: str | None) -> Iterator[WireClient]:
    """Connect a client that is in the lobby."""
    with WireClient(server.host, server.port) as client:
        client.connect("/chat", {"nick": nick} if nick else {})
        assert "data" in client.call("/chat", "join", {"room": "lobby"})
        yield client


def rename(client: WireClient, nick: str) -> Any:
    return client.call("/chat", "post", {"room": "lobby", "text": f"/nick {nick}"})


def is_free(server: LiveServer, nick: str) -> bool:
    """Return whether a guest may use the nick."""
    return server.post(f"{LOBBY}/messages", {"nick": nick, "text": "hej"}).status == 201


def members(server: LiveServer) -> list[str]:
    return sorted(each["nick"] for each in server.get(f"{LOBBY}/members").json["data"])


def stored_nicks(server: LiveServer) -> set[str | None]:
    with closing(sqlite3.connect(server.database)) as database:
        return {nick for (nick,) in database.execute("SELECT nick FROM sessions")}


@pytest.mark.parametrize("old", ["anna", None])
def test_f38_a_nick_that_cannot_be_stored_is_not_changed(
    server: LiveServer, old: str | None
) -> None:
    with member(server, old) as client, member(server, "watcher") as watcher:
        with locked(server):
            assert rename(client, "new")["errors"][0]["status"] == 503
        assert members(server) == sorted(filter(None, [old, "watcher"]))
        assert stored_nicks(server) == {old, "watcher"}
        posted = client.call("/chat", "post", {"room": "lobby", "text": "hej"})
        assert (posted["data"]["nick"] if old else posted["errors"][0]["code"]) == (
            old or "nick_required"
        )
        with member(server, "new"):
            assert "new" in members(server), "the nick is free"
        assert "left" not in [name for name, *_ in watcher.events("/chat")]


def test_f38_a_nick_is_nobody_else_s_while_it_is_stored(make_server: MakeServer) -> None:
    server = make_server(entry="patient")
    with member(server, "anna") as client, member(server, "bert") as other:
        with locked(server):
            client.emit("/chat", "post", {"room": "lobby", "text": "/nick new"}, ack_id=1)
            client.call("/chat", "members", {"room": "lobby"})
            assert rename(other, "new")["errors"][0]["code"] == "nick_taken"
            assert members(server) == ["anna", "bert"], "nobody sees it before it is on disk"
        assert client.wait_ack(1)["data"]
        assert members(server) == ["bert", "new"]
        assert stored_nicks(server) == {"bert", "new"}


def test_f38_a_client_that_leaves_while_its_nick_is_stored_does_not_keep_it(
    server: LiveServer,
) -> None:
    with member(server, "watcher"):
        with member(server, "anna") as client, locked(server):
            client.emit("/chat", "post", {"room": "lobby", "text": "/nick new"}, ack_id=1)
            client.call("/chat", "members", {"room": "lobby"})
            client.abort()
        wait_until(lambda: is_free(server, "new"))
        assert is_free(server, "anna")


def test_f38_a_join_that_cannot_be_stored_leaves_the_client_outside(server: LiveServer) -> None:
    with WireClient(server.host, server.port) as client, member(server, "watcher") as watcher:
        client.connect("/chat", {"nick": "anna"})
        with locked(server):
            client.emit("/chat", "join", {"room": "lobby"}, ack_id=1)
            assert client.wait_ack(1)["errors"][0]["status"] == 503
        assert members(server) == ["watcher"]
        assert rename(client, "anders")["data"]
        watcher.call("/chat", "post", {"room": "lobby", "text": "hej"})
        client.call("/chat", "members", {"room": "lobby"})
        assert "message" not in [name for name, *_ in client.events("/chat")]


def test_f38_a_room_that_is_stored_is_answered_though_it_cannot_be_read(
    app: Flask, make_person: MakePerson
) -> None:
    owner = make_person("owner", role="owner")

    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "max(messages.rev)" in statement:
            raise OperationalError(statement, {}, sqlite3.OperationalError("disk I/O error"))

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", fail)
        created = owner.post("/chat/rooms", {"name": "attic", "title": "Attic"})
        changed = owner.request("PATCH", "/chat/rooms/attic", {"title": "Loft"})
        event.remove(db.engine, "before_cursor_execute", fail)
    assert (created.status_code, changed.status_code) == (201, 200)
    assert created.get_json()["data"] | {"title": "Loft"} == changed.get_json()["data"]
    assert changed.get_json()["data"] == owner.get("/chat/rooms/attic").get_json()["data"]
