"""The private parts of the pinned libraries that the transport relies on are where it left them.

An upgrade that moves one fails here, by name, before it fails anywhere by chance.
"""

import inspect
import re
from importlib.metadata import version
from pathlib import Path

import flask_socketio
import pytest
import socketio
from flask import Flask, request
from flask.ctx import RequestContext
from flask.testing import EnvironBuilder
from socketio.packet import Packet as StockPacket

from me_api import transport
from me_api.transport import SocketIO, SocketIOServer
from me_api.transport.engineio.http import HttpSession
from me_api.transport.engineio.server import EngineIOServer
from me_api.transport.socketio.event_context import EventContext
from tests.support.fixtures import app, template

__all__ = ["app", "template"]

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = [
    "eventlet",
    "Flask-SocketIO",
    "greenlet",
    "python-engineio",
    "python-socketio",
    "simple-websocket",
    "wsproto",
]


def parameters(function: object) -> list[str]:
    return list(inspect.signature(function).parameters)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", LIBRARIES)
def test_what_is_installed_is_what_is_pinned(name: str) -> None:
    pins = re.findall(r"(?m)^([\w.-]+)==(\S+)", (ROOT / "requirements.txt").read_text())
    assert dict(pins)[name] == version(name)


@pytest.mark.parametrize(
    "name", ["eventlet", "Flask-SocketIO", "python-engineio", "python-socketio"]
)
def test_the_list_of_private_parts_is_for_the_versions_installed(name: str) -> None:
    found = re.findall(rf"{name} (\d+\.\d+)[:\s]", transport.__doc__ or "")
    assert found == [".".join(version(name).split(".")[:2])]


# python-engineio


def test_engineio_makes_the_headers_of_cors() -> None:
    server = EngineIOServer(
        write_buffer_limit=1024,
        input_limit=1024,
        async_mode="threading",
        ping_interval=25,
        ping_timeout=20,
        cors_allowed_origins=["http://a"],
    )
    assert server.sockets == {} and server.handlers == {}
    environ = {"HTTP_ORIGIN": "http://a", "REQUEST_METHOD": "GET"}
    assert ("Access-Control-Allow-Origin", "http://a") in server._cors_headers(environ)
    assert server._cors_allowed_origins(environ) == ["http://a"]


def test_engineio_keeps_its_sockets_and_handlers_where_ours_looks() -> None:
    server = EngineIOServer(
        write_buffer_limit=1024,
        input_limit=1024,
        async_mode="threading",
        ping_interval=0.5,
        ping_timeout=20,
    )
    socket = server.sockets["sid"] = HttpSession(server, "sid", "")
    assert server._get_socket("sid") is socket
    assert (server.ping_interval, server.ping_timeout) == (0.5, 20)
    assert server.max_http_buffer_size == 1_000_000
    seen: list[tuple[str, str]] = []
    server.on("disconnect", lambda sid, reason: seen.append((sid, reason)))
    socket.close()
    assert seen == [("sid", server.reason.SERVER_DISCONNECT)]
    assert server.sockets == {}


def test_engineio_names_why_a_session_ends() -> None:
    reasons = ["CLIENT_DISCONNECT", "SERVER_DISCONNECT", "PING_TIMEOUT"]
    for name in [*reasons, "TRANSPORT_CLOSE", "TRANSPORT_ERROR"]:
        assert isinstance(getattr(EngineIOServer.reason, name), str)


# python-socketio


@pytest.mark.parametrize("name", ["connect", "message", "disconnect"])
def test_socketio_is_called_where_ours_listens(name: str, app: Flask) -> None:
    server = app.extensions["socketio"].server
    method = f"_handle_eio_{name}"
    assert parameters(getattr(SocketIOServer, method)) == parameters(
        getattr(socketio.Server, method)
    )
    assert server.eio.handlers[name] == getattr(server, method)


def test_socketio_makes_the_engine_that_ours_names(app: Flask) -> None:
    server = app.extensions["socketio"].server
    assert type(server) is SocketIOServer
    assert type(server.eio) is EngineIOServer
    assert callable(socketio.Server._engineio_server_class)
    assert {"connect", "disconnect"} <= set(server.reserved_events)
    assert server.direct_handlers["/chat"]["post"], "by namespace, then by name"


def test_socketio_puts_attachments_where_they_belong() -> None:
    data = ["event", {"_placeholder": True, "num": 0}]
    assert StockPacket.reconstruct_binary(data, [b"x"]) == ["event", b"x"]


# Flask-SocketIO


def test_flask_socketio_keeps_handlers_as_it_did() -> None:
    unbound = flask_socketio.SocketIO()

    def handler(peer: object) -> None: ...

    unbound.on("event", namespace="/x")(handler)
    ((name, wrapped, namespace),) = unbound.handlers
    assert (name, namespace, wrapped.__wrapped__) == ("event", "/x", handler)


def test_flask_socketio_puts_its_middleware_where_ours_replaces_the_server(app: Flask) -> None:
    unbound = app.extensions["socketio"]
    assert unbound.sockio_mw.engineio_app is unbound.server
    wsgi = app.wsgi_app
    while not isinstance(wsgi, type(unbound.sockio_mw)):
        wsgi = wsgi._app
    assert wsgi is unbound.sockio_mw


def test_flask_makes_contexts_of_what_ours_sets(app: Flask) -> None:
    environ = EnvironBuilder(app, "/socket.io/").get_environ()
    first = EventContext(app, environ)
    with first:
        pass
    again = EventContext(app, environ, session=first._session)
    assert vars(again).keys() == vars(first).keys() == vars(RequestContext(app, environ)).keys()
    with again:
        for name in ("url_rule", "view_args", "routing_exception"):
            assert getattr(request, name) is getattr(first.request, name)
    assert (
        parameters(flask_socketio.SocketIO._handle_event)[:5]
        == parameters(SocketIO._handle_event)[:5]
    )
