"""A new message is sent once, even if the server learns of it only after an edit."""

from typing import Any

import pytest

from tests.chat.clients import make_token
from tests.conftest import MakeServer
from tests.course.conftest import LOBBY, Connect, received, say, wait_received
from tests.course.test_closing import let_in
from tests.support.app import commands_beside
from tests.support.databases import DATABASE
from tests.support.packets import CONNECT
from tests.support.server import LiveServer
from tests.support.wire import WireClient


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server that does not look for writes of other processes."""
    return make_server(entry="no_polling" if DATABASE == "sqlite" else "on_demand")


@pytest.fixture
def owner(server: LiveServer) -> str:
    """Return a token of the site's owner."""
    return make_token(server, "the-owner", "owner")


@pytest.fixture
def other(make_server: MakeServer, server: LiveServer) -> LiveServer:
    """Start another process on the same database."""
    shared = {name: server.settings[name] for name in ("database_url", "jwt_secret")}
    return make_server(entry="second_server", **shared)


def post(server: LiveServer, token: str, text: str) -> str:
    """Post a message and return its address."""
    message = server.post(LOBBY, {"text": text}, token=token).json["data"]
    return f"{LOBBY}/{message['id']}"


def edit(server: LiveServer, token: str, place: str, text: str) -> None:
    """Replace the text of a message."""
    assert server.patch(place, {"text": text}, token=token).status == 200


def texts(client: WireClient) -> list[Any]:
    """Return the texts that a client has received, after all are there."""
    say(client, "the last")
    wait_received(client, "the last")
    return [shown if isinstance(shown, str) else shown["message"] for shown in received(client)][
        :-1
    ]


def test_said_on_the_command_line_and_edited_at_once(
    server: LiveServer, owner: str, connect: Connect
) -> None:
    client = connect()
    with commands_beside(server) as runner:
        done = runner.invoke(args=["chat", "say", "lobby", "hej"])
    assert done.stdout == "Said it as message 1.\n", done.stderr
    for text in ("edited", "again"):
        edit(server, owner, f"{LOBBY}/1", text)
    server.delete(f"{LOBBY}/1", token=owner)
    assert texts(client) == ["edited"]


def test_what_was_there_before_the_start_is_not_new(
    server: LiveServer, owner: str, connect: Connect
) -> None:
    old = post(server, owner, "old")
    server.stop()
    server.start()
    client = connect()
    edit(server, owner, old, "edited")
    assert texts(client) == []


def test_said_and_edited_in_another_process(
    server: LiveServer, other: LiveServer, owner: str, connect: Connect
) -> None:
    old = post(server, owner, "old")
    client = connect()
    edit(other, owner, old, "old and edited")
    first, second, _ = (post(other, owner, text) for text in ("first", "second", "third"))
    edit(other, owner, first, "first, edited")
    edit(other, owner, second, "second, edited")
    other.delete(second, token=owner)
    head = other.get(f"{LOBBY}?limit=0").json["rev"]
    assert server.get(f"/chat/rooms/lobby/changes?since={head}").status == 200
    edit(other, owner, first, "first, edited again")
    edit(server, owner, old, "old and edited again")
    assert texts(client) == ["third", "first, edited"]


def test_said_and_edited_while_somebody_arrives(make_server: MakeServer) -> None:
    server = make_server(entry="held_clients")
    owner = make_token(server, "the-owner", "owner")
    old = post(server, owner, "old")
    with WireClient(server.host, server.port) as slow:
        slow.start_connect("/")
        slow.wait_packet(lambda packet: packet.type == CONNECT)
        new = post(server, owner, "new")
        for place in (old, new):
            edit(server, owner, place, "edited")
        let_in(server)
        slow.call("/", "history")
        edit(server, owner, new, "edited again")
        assert texts(slow) == ["edited"]
