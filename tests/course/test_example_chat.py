"""The chat among Socket.IO's examples: what it does against its own server, it does here (F63)."""

from typing import Any

import pytest

from me_api.chat.course import typing
from me_api.chat.course.typing import TypingTimers
from tests.chat.clients import ChatClient, Room
from tests.conftest import MakeServer
from tests.course.conftest import LOBBY, history
from tests.eventlog.loops import StoppableLoop
from tests.support.node import NodeClient, NodeClients
from tests.support.server import LiveServer


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server from which those who are disconnected are soon away."""
    return make_server(entry="quick_grace")


def enter(node: NodeClients, server: LiveServer, name: str, users: int) -> NodeClient:
    """Open the page and type a name."""
    client = node.connect(server.url, "/")
    client.emit("add user", name)
    assert client.wait_for("login") == [{"numUsers": users}]
    return client


def others(client: NodeClient, since: int = 0) -> list[list[Any]]:
    """Return all events of the server but those of connecting."""
    own = {"connect", "disconnect", "login"}
    return [[e.name, *e.args] for e in client.events[since:] if e.name not in own]


def test_two_in_the_example(server: LiveServer, node: NodeClients) -> None:
    anna = enter(node, server, "anna", 1)
    bert = enter(node, server, "bert", 2)
    anna.wait_for("user joined")
    for event in ("typing", "stop typing"):
        anna.emit(event)
    anna.emit("new message", "hej bert")
    bert.wait_for("new message")
    bert.emit("new message", "hej anna")
    anna.wait_for("new message")
    assert bert.call("add user", "other") == {"data": None}
    bert.disconnect()
    anna.wait_for("user left")
    assert others(anna) == [
        ["user joined", {"username": "bert", "numUsers": 2}],
        ["new message", {"username": "bert", "message": "hej anna"}],
        ["user left", {"username": "bert", "numUsers": 1}],
    ]
    # That anna has joined may be sent to bert, too, who has counted her already.
    assert [event for event in others(bert) if event[0] != "user joined"] == [
        ["typing", {"username": "anna"}],
        ["stop typing", {"username": "anna"}],
        ["new message", {"username": "anna", "message": "hej bert"}],
    ]
    said = [(message["nick"], message["text"]) for message in history(server)]
    assert said == [("anna", "hej bert"), ("bert", "hej anna")]


def test_with_others_in_the_lobby(server: LiveServer, node: NodeClients) -> None:
    anna = enter(node, server, "anna", 1)
    with ChatClient(server) as doe:
        doe.connect("/chat", {"nick": "doe"})
        assert [m["nick"] for m in doe.join(Room(server, "lobby"))["members"]] == ["anna", "doe"]
        anna.wait_for("user joined", lambda user: user == {"username": "doe", "numUsers": 2})
        anna.emit("typing")
        assert doe.wait_event("typing") == [{"room": "lobby", "nick": "anna"}]
        doe.do("typing", room="lobby")
        assert anna.wait_for("typing") == [{"username": "doe"}]
        anna.emit("stop typing")
        anna.emit("new message", "hej")
        message = doe.wait_message("hej")
        assert (message["nick"], message["verified"], message["payload"]) == ("anna", False, "hej")
        assert "stop typing" not in [event[0] for event in doe.events("/chat")]
    server.post(LOBBY, {"nick": "rest", "text": "hej"})
    anna.wait_for("new message", lambda m: m == {"username": "rest", "message": "hej"})
    anna.wait_for("user left", lambda user: user == {"username": "doe", "numUsers": 1})


def test_a_page_that_is_reconnected_is_the_same_user(server: LiveServer, node: NodeClients) -> None:
    anna, bert = enter(node, server, "anna", 1), enter(node, server, "bert", 2)
    anna.wait_for("user joined")
    since, mark = bert.mark(), anna.mark()
    # The example says its name again.
    bert.cut()
    bert.wait_connected(since)
    bert.emit("add user", "bert")
    assert bert.wait_for("login", since=since) == [{"numUsers": 2}]
    bert.emit("new message", "back")
    anna.wait_for("new message")
    assert others(anna, mark)[-1] == ["new message", {"username": "bert", "message": "back"}]


def test_a_name_is_needed(server: LiveServer, node: NodeClients) -> None:
    client = node.connect(server.url, "/")
    assert client.call("add user", " ")["errors"][0]["code"] == "invalid"
    assert client.call("typing") == {"data": None} == client.call("stop typing")
    assert "login" not in [event.name for event in client.events]


def test_typing_that_nobody_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typing, "TYPING_SECONDS", 0.01)
    ended: list[str] = []
    timers = TypingTimers(loop := StoppableLoop())
    for nick in ("anna", "anna", "bert", "doe"):
        timers.restart(nick, lambda nick=nick: ended.append(nick))  # type: ignore[misc]
    timers.cancel("doe")
    loop.wait_until(lambda: len(ended) == 2)
    assert ended == ["anna", "bert"]
