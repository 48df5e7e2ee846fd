"""How connect handlers accept and refuse, and what reaches handlers after that."""

import gc
import logging
import weakref
from typing import Any

import pytest
from flask import Flask, request
from flask.globals import request_ctx

from me_api.transport import SocketIO, SocketIOTestClient, disconnect
from me_api.transport.socketio.results import ConnectResult, HandlerResult

REFUSED = {"message": "Connection rejected by server"}


@pytest.fixture
def app() -> Flask:
    return Flask("connecting")


def serve(app: Flask, connect: Any, **options: Any) -> SocketIO:
    """Make a server whose applications have this connect handler."""
    socketio = SocketIO(app, **options)
    socketio.on("connect")(connect)
    return socketio


def fail(error: Exception) -> Any:
    """Return a connect handler that raises an error."""

    def connect() -> None:
        raise error

    return connect


def test_refused_by_the_built_in_error(app: Flask) -> None:
    client = serve(app, fail(ConnectionRefusedError("no"))).test_client(app)
    assert client.connect_errors == {"/": {"message": "Connection refused by server"}}


def test_an_error_of_the_handler_refuses_and_is_logged(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    client = serve(app, fail(ValueError("a bug"))).test_client(app)
    assert client.connect_errors == {"/": REFUSED}
    assert "unexpected error in the connect handler of /" in caplog.text
    assert "ValueError: a bug" in caplog.text


@pytest.mark.parametrize("auth", [None, {"a": 1}])
def test_a_handler_of_python_socketio_without_the_payload(
    app: Flask, auth: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """As on stock: it is called without the payload, but only if the client has sent none."""
    socketio = SocketIO(app)
    seen: list[str] = []
    socketio.server.on("connect", lambda sid, environ: seen.append(environ["PATH_INFO"]))
    client = socketio.test_client(app, auth=auth)
    assert client.is_connected() == (auth is None)
    assert seen == ([] if auth else ["/socket.io"])
    assert ("TypeError" in caplog.text) == (auth is not None)


def test_the_error_of_the_first_call_is_logged(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    socketio = SocketIO(app)
    socketio.server.on("connect", lambda sid, environ, auth, more: None)
    assert not socketio.test_client(app).is_connected()
    assert "missing 1 required positional argument: 'more'" in caplog.text


def test_always_connect_accepts_first_and_disconnects_then(app: Flask) -> None:
    socketio = serve(app, lambda: False, always_connect=True)
    seen: list[str] = []
    socketio.on("x")(seen.append)
    client = socketio.test_client(app)
    assert not client.is_connected() and client.connect_errors == {}
    # The client cannot know yet that it was disconnected.
    client._send(client._server.packet_class(2, ["x", 1], namespace="/"))
    assert seen == []


def test_a_connect_handler_disconnects_its_client(app: Flask) -> None:
    socketio = serve(app, disconnect, always_connect=True)
    client = socketio.test_client(app)
    assert client.connected == {"/": False} and not socketio.server.peers


def test_a_namespace_that_is_accepted_but_has_no_handlers(app: Flask) -> None:
    socketio = SocketIO(app, namespaces="*")
    client = socketio.test_client(app, "/any")
    assert client.is_connected("/any")
    client._socket.close()
    assert not client.is_connected("/any") and not socketio.server.peers


def test_what_a_client_cannot_send_reaches_no_handler(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    socketio = SocketIO(app)
    seen: list[Any] = []
    socketio.on("*")(lambda *args: seen.append(args))
    socketio.on("disconnect")(seen.append)
    client = socketio.test_client(app)
    client.emit("connect", {"a": 1})
    client.emit("disconnect", "why")
    with caplog.at_level(logging.WARNING):
        client._server._handle_eio_message(client.eio_sid, f'2["x",{"[" * 5000}{"]" * 5000}]')
    assert "an event in /: This packet cannot be read." in caplog.text
    assert seen == [] and client.is_connected()
    client.emit("x")
    assert seen == [("x",)]


def test_a_connection_that_is_closed_disconnects_every_namespace_once(app: Flask) -> None:
    socketio = SocketIO(app)
    gone: list[Any] = []
    for name in ("/", "/b"):
        socketio.on("disconnect", namespace=name)(
            lambda reason: gone.append((request.namespace, reason))  # type: ignore[attr-defined]
        )
    client = socketio.test_client(app)
    client.connect("/b")
    one, other = socketio.server.peers.values()
    assert one.drain() and other.drain()
    one.drop()
    other.drop()
    assert not (one.drain() or other.drain())
    assert sorted(gone) == [("/", "server disconnect"), ("/b", "server disconnect")]
    assert not (client.is_connected() or client.is_connected("/b"))
    assert client.eio_sid not in socketio.server.eio.sockets


def test_nothing_of_an_event_is_kept(app: Flask) -> None:
    """Neither its request nor its context: a connection would take twice the memory."""
    socketio = SocketIO(app)
    kept: list[weakref.ref[Any]] = []

    def handle(*_: Any) -> None:
        kept.append(weakref.ref(request._get_current_object()))  # type: ignore[attr-defined]
        kept.append(weakref.ref(request_ctx._get_current_object()))

    for name in ("connect", "x", "disconnect"):
        socketio.on(name)(handle)
    client = socketio.test_client(app)
    gc.disable()
    try:
        client.emit("x")
        client.emit("x")
        # Those of the first event, for which the path is matched, and of the second.
        assert len(kept) == 6 and [ref() for ref in kept[2:]] == [None] * 4
    finally:
        gc.enable()


# Direct handlers, which features have.


class Direct:
    """A namespace with direct handlers, beside which there may be stock handlers."""

    def __init__(self, app: Flask) -> None:
        self.called: list[str] = []
        self.socketio = SocketIO()
        for name in ("connect", "disconnect", "*"):
            self.socketio.on_direct(name, getattr(self, name.replace("*", "event")), "/d")

    def connect(self, peer: Any, auth: Any) -> ConnectResult:
        if auth == {"drop": True}:
            peer.drop()
        return ConnectResult(None, lambda: self.called.append("connected"))

    def disconnect(self, peer: Any, reason: str) -> None:
        self.called.append("disconnected")

    def event(self, peer: Any, *args: Any) -> HandlerResult:
        return HandlerResult(None)

    def client(self, app: Flask, auth: Any = None) -> SocketIOTestClient:
        self.socketio.init_app(app)
        return self.socketio.test_client(app, "/d", auth=auth)


def test_a_client_that_is_lost_while_a_direct_handler_accepts_it(app: Flask) -> None:
    direct = Direct(app)
    assert not direct.client(app, {"drop": True}).is_connected("/d")
    assert direct.called == ["disconnected"], "and never connected"
    assert not direct.socketio.server.peers


def test_a_client_that_is_lost_while_a_stock_handler_accepts_it(app: Flask) -> None:
    direct = Direct(app)

    @direct.socketio.on("connect", namespace="/d")
    def connect() -> None:
        (peer,) = direct.socketio.server.peers.values()
        peer.drop()

    assert not direct.client(app).is_connected("/d")
    assert direct.called == ["disconnected"]


def test_a_stock_handler_that_is_declared_after_the_client_has_connected(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    direct = Direct(app)
    client = direct.client(app)
    seen: list[Any] = []
    direct.socketio.on("late", namespace="/d")(seen.append)
    client.emit("late", 1, namespace="/d")
    assert seen == []
    assert "The handler was declared after the client had connected." in caplog.text
