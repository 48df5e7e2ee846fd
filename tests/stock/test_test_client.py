"""`socketio.test_client`: stock handlers and features in one process, without a server."""

from typing import Any

import pytest
from flask import Flask, request, session

from me_api.chat import rooms
from me_api.extensions import socketio as features
from me_api.transport import SocketIO, SocketIOTestClient, disconnect, emit, join_room
from tests.support.app import Person
from tests.support.fixtures import anybody, app, template

__all__ = ["anybody", "app", "template"]

CHAT = "/chat"


@pytest.fixture
def small() -> tuple[Flask, SocketIO]:
    app = Flask("small")
    app.secret_key = "for tests"
    socketio = SocketIO(app)

    @socketio.on("connect")
    def connect(auth: Any) -> Any:
        emit(
            "welcome", {"auth": auth, "query": request.args.to_dict(), "seen": session.get("seen")}
        )
        return auth != {"refused": True}

    @socketio.on("message")
    def message(text: str) -> str:
        emit("message", text, broadcast=True, include_self=False)
        return f"sent {text}"

    @socketio.on("json")
    def json(data: Any) -> None:
        emit("json", data)

    @socketio.on("several")
    def several(*args: Any) -> tuple[Any, ...]:
        emit("several", args)
        return args

    @socketio.on("join")
    def join(room: str) -> None:
        join_room(room)
        emit("joined", request.sid, to=room)  # type: ignore[attr-defined]

    @socketio.on("leave")
    def leave() -> None:
        disconnect()

    @socketio.on("ask")
    def ask() -> None:
        socketio.call("ask", to=request.sid)  # type: ignore[attr-defined]

    @app.get("/see")
    def see() -> str:
        session["seen"] = True
        socketio.emit("seen", to="watchers")
        return ""

    return app, socketio


def test_what_is_sent_at_connect(small: tuple[Flask, SocketIO]) -> None:
    app, socketio = small
    client = socketio.test_client(app, auth={"nick": "anna"}, query_string="?a=1")
    assert isinstance(client, SocketIOTestClient) and client.is_connected()
    body = {"auth": {"nick": "anna"}, "query": {"a": "1"}, "seen": None}
    assert client.get_received() == [{"name": "welcome", "args": [body], "namespace": "/"}]
    assert client.get_received() == [], "what was returned is forgotten"


def test_messages_acknowledgements_and_bytes(small: tuple[Flask, SocketIO]) -> None:
    app, socketio = small
    one, two = socketio.test_client(app), socketio.test_client(app)
    one.get_received(), two.get_received()
    assert one.send("hej", callback=True) == "sent hej"
    assert one.get_received() == []
    assert two.get_received() == [{"name": "message", "args": "hej", "namespace": "/"}]
    one.send({"a": [1]}, json=True)
    assert one.get_received() == [{"name": "json", "args": {"a": [1]}, "namespace": "/"}]
    assert one.emit("several", b"\0\xff", {"x": b""}, callback=True) == [b"\0\xff", {"x": b""}]
    assert one.get_received()[0]["args"] == [b"\0\xff", {"x": b""}]
    assert one.emit("several", callback=True) == []
    assert one.emit("unknown", 1, callback=True) is None


def test_its_transport(small: tuple[Flask, SocketIO]) -> None:
    app, socketio = small
    client = socketio.test_client(app)
    (sid,) = [peer.sid for peer in socketio.server.peers.values()]
    assert client.is_connected() and socketio.server.transport(sid) == "polling"


def test_rooms_and_a_route_that_emits(small: tuple[Flask, SocketIO]) -> None:
    app, socketio = small
    one, two = socketio.test_client(app), socketio.test_client(app)
    one.emit("join", "watchers")
    two.get_received()
    app.test_client().get("/see")
    assert [event["name"] for event in one.get_received()] == ["welcome", "joined", "seen"]
    assert two.get_received() == []


def test_cookies_of_flasks_client(small: tuple[Flask, SocketIO]) -> None:
    app, socketio = small
    http = app.test_client()
    http.get("/see")
    client = socketio.test_client(app, flask_test_client=http, headers={"X-A": "b"})
    assert client.get_received()[0]["args"][0]["seen"] is True


def test_disconnecting_from_both_sides(small: tuple[Flask, SocketIO]) -> None:
    app, socketio = small
    client = socketio.test_client(app)
    client.emit("leave")
    assert not client.is_connected()
    for call in (client.get_received, client.disconnect, lambda: client.emit("x")):
        with pytest.raises(RuntimeError, match="not connected"):
            call()
    client = socketio.test_client(app)
    client.disconnect()
    assert not client.is_connected()


def test_who_is_refused(small: tuple[Flask, SocketIO]) -> None:
    app, socketio = small
    client = socketio.test_client(app, auth={"refused": True})
    assert not client.is_connected()
    assert client.connect_errors == {"/": {"message": "Connection rejected by server"}}
    client.connect(namespace="/nowhere")
    assert client.connect_errors["/nowhere"] == "Unable to connect"


def test_call_needs_a_client_that_answers(
    small: tuple[Flask, SocketIO], caplog: pytest.LogCaptureFixture
) -> None:
    app, socketio = small
    client = socketio.test_client(app)
    client.emit("ask")
    assert "Cannot use call() when async_handlers is False" in caplog.text


# Features


@pytest.fixture
def lobby(app: Flask) -> None:
    with app.app_context():
        rooms.ensure(("lobby",))


def test_the_chat(app: Flask, lobby: None, anybody: Person) -> None:
    anna = features.test_client(app, CHAT, auth={"nick": "anna"})
    bert = features.test_client(app, CHAT, auth={"nick": "bert"})
    for client in (anna, bert):
        assert "data" in client.emit("join", {"room": "lobby"}, namespace=CHAT, callback=True)
    bert.get_received(CHAT)
    ack = anna.emit("post", {"room": "lobby", "text": "hej"}, namespace=CHAT, callback=True)
    received = bert.get_received(CHAT)
    texts = [event["args"]["text"] for event in received if event["name"] == "message"]
    assert texts == ["hej"]
    page = anybody.get("/chat/rooms/lobby/messages").get_json()
    assert page["data"][-1] == ack["data"] == received[-1]["args"]


def test_errors_of_features(app: Flask, lobby: None) -> None:
    client = features.test_client(app, CHAT, auth={"nick": "anna"})
    ack = client.emit("post", {"room": "lobby"}, namespace=CHAT, callback=True)
    assert [(error["code"], error["source"]) for error in ack["errors"]] == [("invalid", "text")]
    unknown = client.emit("dance", namespace=CHAT, callback=True)
    assert unknown["errors"][0]["code"] == "unknown_event"
    refused = features.test_client(app, CHAT, auth={"token": "wrong"})
    assert not refused.is_connected(CHAT)
    assert refused.connect_errors[CHAT]["data"]["code"] == "bad_token"


def test_the_reports(app: Flask, lobby: None) -> None:
    client = features.test_client(app, "/reports")
    assert client.is_connected("/reports")
    assert [event["name"] for event in client.get_received("/reports")] == ["ready"]
    client.connect(CHAT, auth={"nick": "anna"})
    assert client.is_connected(CHAT), "one connection, two namespaces"
    client.disconnect("/reports")
    assert "data" in client.emit("join", {"room": "lobby"}, namespace=CHAT, callback=True)
