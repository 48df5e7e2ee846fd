"""`ME_API_SERVE`: the chat alone, or the API without it."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from jsonschema import Draft7Validator

from me_api.extensions import socketio
from tests.conftest import MakeServer
from tests.support.app import Person, fresh_app
from tests.support.node_process import SCRIPTS

MakeApp = Callable[[str], Flask]
CHAT = ["/chat/rooms", "/chat/search?q=hej"]
REPORTS = ["/reports", "/reports/changes"]
BOTH = [
    "/",
    "/me/changes",
    "/docs",
    "/openapi.json",
    "/asyncapi.json",
    "/healthz",
    "/readyz",
    "/metrics",
]
SERVED = {
    "all": ({*CHAT, *REPORTS}, {"/", "/chat", "/me", "/reports"}),
    "chat": ({*CHAT}, {"/", "/chat", "/me"}),
    "api": ({*REPORTS}, {"/me", "/reports"}),
}
"""The routes and the namespaces of each value."""


@pytest.fixture
def make_app(tmp_path: Path, empty_database: Path) -> Iterator[MakeApp]:
    with ExitStack() as stack:
        yield lambda serve: stack.enter_context(fresh_app(tmp_path, empty_database, serve=serve))


@pytest.mark.parametrize("serve", SERVED)
def test_each_value_serves_its_part_and_describes_no_other(make_app: MakeApp, serve: str) -> None:
    app = make_app(serve)
    anybody = Person(app)
    routes, namespaces = SERVED[serve]
    for path in (*CHAT, *REPORTS, *BOTH):
        found = anybody.get(path).status_code != 404
        assert found == (path in routes or path in BOTH), path
    assert anybody.post("/login", {"email": "a@b.se", "password": "x" * 8}).status_code == 401
    for namespace in ("/", "/chat", "/me", "/reports"):
        client = socketio.test_client(app, namespace)
        assert client.is_connected(namespace) == (namespace in namespaces)
        if namespace not in namespaces:
            assert client.connect_errors[namespace] == {"message": "Invalid namespace"}
    links = anybody.get("/").get_json()["data"]["links"]
    assert ("rooms" in links, "lobby" in links) == ("/chat" in namespaces,) * 2
    assert ("reports" in links) == ("/reports" in namespaces)
    assert {"login", "docs", "health"} < links.keys()
    paths = anybody.get("/openapi.json").get_json()["paths"]
    described = {path.partition("/")[2].partition("/")[0] for path in paths}
    assert {"chat", "ws", "reports"} & described == {
        "all": {"chat", "ws", "reports"},
        "chat": {"chat", "ws"},
        "api": {"reports"},
    }[serve]
    channels = anybody.get("/asyncapi.json").get_json()["channels"].values()
    addresses = {channel["address"] for channel in channels}
    assert {address for address in addresses if not address.startswith("/ws")} == namespaces
    assert ("/ws/chat" in addresses) == ("/chat" in namespaces)


@pytest.mark.parametrize("serve", SERVED)
def test_its_asyncapi_document_is_valid(make_app: MakeApp, serve: str) -> None:
    path = SCRIPTS / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0.json"
    document = Person(make_app(serve)).get("/asyncapi.json").get_json()
    assert list(Draft7Validator(json.loads(path.read_text())).iter_errors(document)) == []


@pytest.mark.parametrize("serve", ["chat", "api"])
def test_a_server_of_a_part_has_its_banner_and_streams_and_no_page(
    make_server: MakeServer, serve: str
) -> None:
    server = make_server(serve=serve)
    assert f"ME_API_SERVE={serve}, without the me-page" in server.log
    assert ("/chat/rooms" in server.log) == (serve == "chat")
    assert ("/reports" in server.log) == (serve == "api")
    response = server.request("GET", "/", headers={"Accept": "text/html"})
    assert response.json["data"]["name"] == "me-api"
    if serve == "chat":
        message = server.post("/chat/rooms/lobby/messages", {"nick": "mos", "text": "hej"})
        assert message.status == 201
    else:
        assert server.post("/chat/rooms/lobby/messages", {"nick": "mos"}).status == 404
        assert server.get("/ws/echo").status == 404


def test_another_value_stops_the_start(make_server: MakeServer) -> None:
    server = make_server(start=False, serve="reports")
    server.spawn()
    assert server.wait() == 1
    assert "ME_API_SERVE" in server.log and server.log.count("\n") == 1
