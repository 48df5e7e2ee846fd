"""Requests that are answered without a Flask request: equal to Flask's responses."""

import re
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from flask import Flask, signals
from orjson import loads

from me_api.json import to_json
from me_api.rest.direct_views import DirectViews
from me_api.transport.web.direct import DirectRequest
from tests.chat.clients import Room, make_token
from tests.rest.direct_requests import CASES
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS

VIA_FLASK = {"Range": "none"}
"""A request for a range is not direct, and is answered by Flask, which ignores the range."""

_VARIABLE = re.compile(
    rb'"(?:rev|last_id|retry_after|members)":\d+|"(?:time|edited|created|updated)":"[^"]*"'
)


@pytest.fixture(scope="module")
def rooms(shared_server: LiveServer) -> Iterator[list[Room]]:
    """Create two rooms: requests to one are direct, those to the other are answered by Flask."""
    token = make_token(shared_server, "owner", "owner")
    made = []
    for name in ("first-room", "other-room"):
        reply = shared_server.post("/chat/rooms", {"name": name}, token=token)
        assert reply.status == 201
        made.append(Room(shared_server, name))
    yield made


@pytest.mark.parametrize("name", CASES)
def test_a_direct_response_is_that_of_flask(
    shared_server: LiveServer, rooms: list[Room], name: str
) -> None:
    """In order: later requests depend on what earlier ones have stored."""
    token = make_token(shared_server, f"owner of {name}", "owner")
    method, path, headers, body = CASES[name]
    headers = {key: value.replace("OWNER", token) for key, value in headers.items()}
    responses = []
    for number, (room, way) in enumerate(zip(rooms, ({}, VIA_FLASK), strict=True)):
        week = str(number + 1)
        url = path.replace("{room}", room.name).replace("WEEK", week)
        answer = send(
            shared_server, method, url, headers | way, body.replace(b"WEEK", week.encode())
        )
        responses.append([normal(part, room.name, week) for part in answer])
    assert responses[0] == responses[1]


def send(
    server: LiveServer, method: str, url: str, headers: dict[str, str], body: bytes
) -> tuple[bytes, ...]:
    """Send a request on a new connection; return status, headers and body."""
    if body and "Transfer-Encoding" not in headers:
        headers = headers | {"Content-Length": str(len(body))}
    with closing(server.connection(WAIT_SECONDS)) as connection:
        connection.putrequest(method, url)
        for field, value in headers.items():
            connection.putheader(field, value)
        connection.endheaders(body)
        response = connection.getresponse()
        content = response.read()
    fields = sorted(f"{k.lower()}: {v}" for k, v in response.getheaders() if k != "Date")
    return str(response.status).encode(), "\n".join(fields).encode(), content


def normal(data: bytes, room: str, week: str) -> bytes:
    """Return a part of a response without what differs between the two rooms."""
    if data.startswith(b'{"data":[{"name"'):
        return b"".join(to_json({**each, "rev": 0, "last_id": 0}) for each in loads(data)["data"])
    data = data.replace(room.encode(), b"ROOM").replace(f"week/{week}".encode(), b"week/N")
    data = _VARIABLE.sub(b"V", data.replace(f'"week":{week}'.encode(), b'"week":N'))
    return re.sub(rb"content-length: \d+", b"content-length: N", data)


class Middleware:
    """WSGI middleware that this project does not know."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self._app(environ, start_response)


def nothing(*_: Any) -> None:
    """Do nothing: registered with Flask, it may do anything."""


@pytest.mark.parametrize(
    "add",
    [
        lambda app: app.before_request(nothing),
        lambda app: app.after_request(nothing),
        lambda app: app.teardown_request(nothing),
        lambda app: app.teardown_appcontext(nothing),
        lambda app: app.register_error_handler(404, nothing),
        lambda app: app.before_request_funcs.setdefault("chat", []).append(nothing),
        lambda app: setattr(app, "wsgi_app", Middleware(app.wsgi_app)),
    ],
)
def test_flask_answers_if_the_app_has_functions_of_its_own(
    app: Flask, add: Callable[[Flask], Any]
) -> None:
    path = "/chat/rooms/lobby/messages"
    views = DirectViews(app, app.config["SETTINGS"])
    assert views.accepts("POST", path) and views.handles(path)
    add(app)
    views = DirectViews(app, app.config["SETTINGS"])
    assert not (views.accepts("POST", path) or views.handles(path))


def test_flask_answers_if_its_signals_are_received(app: Flask) -> None:
    with signals.request_started.connected_to(nothing, app):
        assert not DirectViews(app, app.config["SETTINGS"]).accepts("GET", "/healthz")
    assert DirectViews(app, app.config["SETTINGS"]).accepts("GET", "/healthz")


def test_an_unknown_path_keeps_nothing_of_its_request(app: Flask) -> None:
    """Tracebacks of cached errors held the bodies of 1,024 requests."""
    views = DirectViews(app, app.config["SETTINGS"])

    class Fields(dict[str, str]):
        """Header fields to which a weak reference is possible."""

    fields = Fields()
    reference = weakref.ref(fields)
    assert (
        views.respond(DirectRequest("GET", "/nowhere", "", fields, "192.0.2.1", b"")).status == 404
    )
    del fields
    assert reference() is None


def test_a_search_waits_in_a_greenlet(app: Flask) -> None:
    views = DirectViews(app, app.config["SETTINGS"])
    assert views.accepts("GET", "/chat/search") and views.may_wait("/chat/search")
    assert views.accepts("GET", "/chat/rooms") and not views.may_wait("/chat/rooms")
    assert views.accepts("GET", "/nowhere") and not views.may_wait("/nowhere")


@pytest.mark.parametrize("path", ["/socket.io/", "/socket.io/x", "/ws", "/metrics"])
def test_what_is_not_direct_is_left_to_flask(app: Flask, path: str) -> None:
    assert not DirectViews(app, app.config["SETTINGS"]).accepts("POST", path)
