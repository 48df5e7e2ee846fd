"""A server that is killed while it deletes messages batch by batch goes on when it starts again."""

import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from me_api.chat import rooms
from me_api.chat.retention import changes
from me_api.chat.tombstones import BATCH
from tests.chat.clients import CHAT, Room, make_token, secret
from tests.conftest import MakeServer
from tests.recovery.raw_clients import flood
from tests.retention.keeping import age, wait_pruned
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until
from tests.support.wire import WireClient

COUNT = 138
"""More than a batch of each kind, and less than a page."""
SHOWN = "SELECT count(*) FROM messages WHERE deleted IS NULL"
STORED = "SELECT count(*) FROM messages"


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.sqlite), "postgresql"])
def server(
    request: pytest.FixtureRequest, make_server: MakeServer, tmp_path: Path
) -> Iterator[LiveServer]:
    """Start a server that can be killed in the second batch, on each kind of database."""
    if request.param == "sqlite":
        yield make_server(entry="killed_in_batches")
        return
    databases = request.getfixturevalue("postgresql_databases")
    url = databases.create(tmp_path)
    made = make_server(entry="killed_in_batches", database_url=url)
    yield made
    made.stop()
    databases.drop(url)


@pytest.fixture
def owner(server: LiveServer) -> str:
    return make_token(server, "the-owner", "owner")


@pytest.fixture
def room(server: LiveServer, owner: str) -> Room:
    """Make a room in which somebody has written first."""
    assert server.post("/chat/rooms", {"name": "attic"}, token=owner).status == 201
    made = Room(server, "attic")
    made.say("kept", nick="somebody else")
    return made


def kill_in(server: LiveServer, act: Callable[[], Any], question: str, done: int) -> None:
    """Make a server be killed in the second batch of what it does, and start it again.

    `question` counts what is left, of which the first batch has taken as many as `done`.
    """
    kill = server.folder / "kill"
    kill.touch()
    ((before,),) = server.query(question)
    with suppress(OSError, HTTPException):
        act()
    assert server.process is not None
    assert server.process.wait(WAIT_SECONDS) == -signal.SIGKILL
    kill.unlink()
    assert server.query(question) == [(before - done,)], "one batch is on disk, and no more"
    server.start()


def write(room: Room, **author: str) -> None:
    """Post what makes more than two batches of any kind."""
    with WireClient(room.server.host, room.server.port) as client:
        client.connect(CHAT, author)
        flood(client, [room.name], COUNT, "buy")


def wait_deleted(server: LiveServer, room: Room) -> None:
    """Wait until only what another has written is left, beside tombstones."""
    wait_until(lambda: server.query(SHOWN) == [(1,)], what="the rest being deleted")
    page = room.page("limit=200")["data"]
    assert [message["text"] for message in page if not message["deleted"]] == ["kept"]
    assert len(page) == COUNT + 1


def test_a_purge_is_finished(server: LiveServer, room: Room, owner: str) -> None:
    guest = secret()
    write(room, nick="spammer", guest=guest)
    body = {"message": {"room": room.name, "id": 2}, "reason": "ads"}
    kill_in(server, lambda: server.post("/moderation/purge", body, token=owner), SHOWN, BATCH)
    wait_deleted(server, room)
    wait_until(lambda: server.query("SELECT * FROM purges") == [], what="its end")
    (entry,) = server.get("/moderation/log", token=owner).json["data"]
    assert (entry["action"], entry["count"], entry["reason"]) == ("purge", COUNT, "ads")


def test_the_deletion_of_an_account_is_finished(server: LiveServer, room: Room) -> None:
    account = {"email": "mos@example.com", "password": "a good password"}
    assert server.post("/register", account | {"nick": "mos"}).status == 201
    token = server.post("/login", account).json["data"]["token"]
    write(room, nick="mos", token=token)
    body = {"current_password": account["password"], "messages": "delete"}
    kill_in(server, lambda: server.request("DELETE", "/account", body, token=token), SHOWN, BATCH)
    wait_deleted(server, room)
    left = "SELECT id FROM users WHERE purging IS NOT NULL"
    wait_until(lambda: server.query(left) == [], what="its end")


def test_the_deletion_of_a_room_is_finished(server: LiveServer, room: Room, owner: str) -> None:
    write(room, nick="mos")
    kill_in(server, lambda: server.delete(room.url, token=owner), STORED, rooms.BATCH)
    wait_until(lambda: server.query(STORED) == [(0,)], what="the rest being deleted")


def test_retention_goes_on(server: LiveServer, room: Room, owner: str) -> None:
    write(room, nick="mos")
    age(server, COUNT + 1)
    wanted = {"retention_messages": 1}
    kill_in(server, lambda: server.patch(room.url, wanted, token=owner), STORED, changes.BATCH)
    wait_pruned(server, COUNT + 1, room.name)
    assert server.query(STORED) == [(1,)]
