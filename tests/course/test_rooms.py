"""The room of a client: named in `auth` or in the address, else that of the setting (F85)."""

from typing import Any

import pytest

from tests.chat.clients import Room
from tests.conftest import MakeServer
from tests.course.conftest import Connect, said, say, wait_received
from tests.support.node import NodeClients
from tests.support.server import LiveServer
from tests.support.wire import WireClient

STOCK = "kundtjanst"


@pytest.fixture
def server(shared_server: LiveServer) -> LiveServer:
    """Return one server for all tests."""
    return shared_server


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_the_address_names_the_room(server: LiveServer, node: NodeClients, transport: str) -> None:
    here = node.connect(
        server.url, "/", {"nick": "anna"}, query={"room": STOCK}, transports=[transport]
    )
    there = node.connect(server.url, "/", {"nick": "bert"}, transports=[transport])
    message = here.call("chat message", f"over {transport}")["data"]
    assert message["room"] == STOCK
    assert there.call("chat message", "hej")["data"]["room"] == "lobby"
    assert f"over {transport}" in str(here.call("history"))
    assert f"over {transport}" not in str(there.call("history"))
    nicks = [member["nick"] for member in Room(server, STOCK).get("/members").json["data"]]
    assert "anna" in nicks and "bert" not in nicks


def test_auth_names_the_room(server: LiveServer, connect: Connect) -> None:
    client, lobby = connect(room=STOCK), connect()
    say(client, "hej")
    say(lobby, "")
    Room(server, STOCK).say("answer", nick="doe")
    wait_received(client, "doe: answer")
    say(lobby, "to the lobby")
    wait_received(lobby, "to the lobby")
    assert said(lobby) == ["to the lobby"]
    assert said(client) == ["hej", "doe: answer"]


@pytest.mark.parametrize("named", ["attic", "Mitt rum", "a\0b", "x" * 500])
def test_one_that_does_not_exist(connect: Connect, named: str) -> None:
    client = connect(room=named)
    shown = named.replace("\0", "")[:64]
    assert client.wait_event("notice")[0]["text"] == f"There is no room {shown!r}."
    assert shown in client.wait_event("chat message")[0]["message"]
    assert say(client, "hej")["errors"][0]["code"] == "not_found"


@pytest.mark.parametrize("named", [None, "", 7, ["lobby"], "\u202e"])
def test_what_names_no_room_is_the_lobby(connect: Connect, named: Any) -> None:
    assert say(connect(room=named), "hej")["data"]["room"] == "lobby"


def test_the_setting_is_for_those_that_name_none(make_server: MakeServer) -> None:
    server = make_server(course_room=STOCK)
    with WireClient(server.host, server.port) as client:
        client.connect("/", {})
        assert say(client, "hej")["data"]["room"] == STOCK
    assert server.get("/chat").json["data"] == ["hej"]
