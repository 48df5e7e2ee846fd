"""Clients of the course among the members of their room, once they have named a nick (F66, F88)."""

from typing import Any

import pytest

from tests.chat.clients import ChatClient, Room, make_token, secret
from tests.conftest import MakeServer
from tests.course.conftest import Connect, is_of_server, received, say
from tests.support.server import LiveServer
from tests.support.wire import WireClient


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server from which those who are disconnected are soon away."""
    return make_server(entry="quick_grace")


@pytest.fixture
def enter(connect: Connect) -> Connect:
    """Return a function that connects a client, and waits until it is a member."""

    def connected(**auth: Any) -> WireClient:
        client = connect(**auth)
        client.call("/", "history")
        return client

    return connected


def members(server: LiveServer, token: str | None = None) -> list[tuple[str, bool]]:
    """Return the members of the lobby, and whether they are verified."""
    listed = server.get("/chat/rooms/lobby/members", token=token).json["data"]
    return sorted((member["nick"], member["verified"]) for member in listed)


def wait_answer(client: WireClient, text: str, since: int = 0) -> None:
    """Wait for a message of the server."""
    client.wait_event("chat message", lambda payload: payload == f"Server: {text}", since=since)


def answers(client: WireClient) -> list[Any]:
    """Return the messages of the server."""
    return [payload for payload in received(client) if is_of_server(payload)]


def test_joins_and_leaves_in_the_client_s_form(server: LiveServer, enter: Connect) -> None:
    text, whole, silent, nameless = enter(nick="text"), enter(), enter(nick="x"), enter()
    say(text, "")
    say(whole, {"name": "whole", "message": "hej"})
    say(nameless, "hej")
    wait_answer(text, "whole joined (3 here).")
    anna = enter(nick="anna")
    wait_answer(text, "anna joined (4 here).")
    joined = whole.wait_event("chat message", lambda data: data["message"].startswith("anna"))[0]
    assert (joined["user"], joined["text"]) == ("Server", "anna joined (4 here).")
    assert members(server) == [(nick, False) for nick in ("anna", "text", "whole", "x")]
    assert "4 in lobby" in say(text, "/clients")["data"]["notice"]
    anna.abort()
    wait_answer(text, "anna left (3 here).")
    for client in (silent, nameless):
        client.call("/", "history")
        assert answers(client) == []


def test_a_client_of_the_chat_sees_them(server: LiveServer, enter: Connect) -> None:
    with ChatClient(server) as doe:
        doe.connect("/chat", {"nick": "doe"})
        doe.join(Room(server, "lobby"))
        client = enter()
        say(client, {"user": "anna", "msg": "hej"})
        body = {"room": "lobby", "nick": "anna", "members": 2, "verified": False}
        doe.wait_event("joined", lambda joined: joined == body)
        say(client, {"user": "bert", "msg": "hej"})
        doe.wait_event("left", lambda left: left["nick"] == "anna")
        doe.wait_event("joined", lambda joined: joined["nick"] == "bert")
        assert members(server) == [("bert", False), ("doe", False)]


def test_a_second_tab_and_a_reload_are_one_member(server: LiveServer, enter: Connect) -> None:
    watcher = enter(nick="watcher")
    say(watcher, "")
    tabs = [enter(nick="anna"), enter(nick="Anna")]
    wait_answer(watcher, "anna joined (2 here).")
    tabs.pop().abort()
    tabs.append(enter(nick="anna"))
    tabs.pop(0).abort()
    bert = enter(nick="bert")
    wait_answer(watcher, "bert joined (3 here).")
    assert answers(watcher) == ["Server: anna joined (2 here).", "Server: bert joined (3 here)."]
    bert.abort()


def test_who_claims_the_nick_takes_it(server: LiveServer, enter: Connect) -> None:
    """A nick that was only named keeps nobody from it, and gets no message to one person."""
    client = enter(nick="anna")
    assert server.post("/chat/rooms/lobby/messages", {"nick": "x", "text": "/msg anna hej"}).json[
        "errors"
    ]
    with ChatClient(server) as anna:
        anna.connect("/chat", {"nick": "Anna", "guest": secret()})
        assert [m["nick"] for m in anna.join(Room(server, "lobby"))["members"]] == ["Anna"]
        assert say(client, "hej")["data"]["nick"] == "anna"
        assert say(client, {"name": "anna", "message": "hej"})["data"]["nick"] == "anna"
        assert members(server) == [("Anna", False)]
        anna.disconnect("/chat")
    say(client, {"name": "anna", "message": "hej"})
    assert members(server) == [("anna", False)]


def test_a_registered_nick_is_shown_of_its_user_only(server: LiveServer, enter: Connect) -> None:
    token = make_token(server, "mos")
    guest, user = enter(nick="mos"), enter(token=token)
    assert say(guest, {"name": "mos", "message": "hej"})["data"]["verified"] is False
    assert members(server) == []
    say(user, {"name": "mos", "message": "hej"})
    assert members(server) == [("mos", True)]


def test_a_command_claims_the_nick(server: LiveServer, enter: Connect) -> None:
    client, other = enter(nick="anna"), enter(nick="bert")
    say(client, "/nick Doe")
    assert members(server) == [("Doe", False), ("bert", False)]
    assert "errors" in say(other, "/nick doe")
    assert members(server) == [("Doe", False), ("bert", False)]
    say(other, {"name": "doe", "message": "hej"})
    assert members(server) == [("Doe", False), ("bert", False)]
    say(client, "/nick anna")
    assert members(server) == [("anna", False), ("bert", False)]


def test_a_room_that_is_closed_and_opened(server: LiveServer, enter: Connect) -> None:
    owner = make_token(server, "the-owner", "owner")
    enter(nick="anna")
    for guests, expected in (("none", []), ("post", [("anna", False)])):
        server.patch("/chat/rooms/lobby", {"guests": guests}, token=owner)
        assert members(server, owner) == expected
