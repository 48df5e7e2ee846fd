"""An input with very many faults has one error: a list of all would hold up everybody (F26)."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from me_api.validation import MAX_FAULTS, MAX_FIELDS
from tests.chat.clients import make_token
from tests.support.http import Reply
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wire import Refused, WireClient

MANY = 50_000
LOBBY = "/chat/rooms/lobby"


def fields(count: int) -> dict[str, int]:
    """Return an object with so many unknown fields."""
    return {f"{number:x}": 0 for number in range(count)}


def form(count: int) -> str:
    return "&".join(f"{name}=" for name in fields(count))


def body_of(reply: Reply) -> Any:
    assert len(reply.body) < 1000
    return reply.json


def post_form(server: LiveServer, path: str) -> Any:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return body_of(server.request("POST", path, body=form(MANY).encode(), headers=kind))


def post_token(server: LiveServer, scopes: list[Any]) -> Any:
    token = make_token(server, f"user{len(scopes)}")
    return body_of(server.post("/tokens", {"name": "x", "scopes": scopes}, token=token))


def emit(server: LiveServer, namespace: str, event: str) -> Any:
    with WireClient(server.host, server.port) as client:
        client.connect(namespace, {})
        return client.call(namespace, event, fields(MANY))


def connect(server: LiveServer) -> Any:
    with (
        WireClient(server.host, server.port) as client,
        pytest.raises(Refused) as refused,
    ):
        client.connect("/chat", fields(MANY))
    return refused.value.data["data"]


def say(server: LiveServer) -> Any:
    client = NativeClient(server, "/ws/chat?nick=anna")
    client.say("hej", key="k", **fields(MANY))
    body = client.wait_body(lambda body: "errors" in body)
    client.abort()
    return body


DOORS: Mapping[str, Callable[[LiveServer], Any]] = {
    "REST": lambda s: body_of(s.post(f"{LOBBY}/messages", fields(MANY))),
    "login": lambda s: body_of(s.post("/login", fields(MANY))),
    "PATCH": lambda s: body_of(s.patch(f"{LOBBY}/messages/1", fields(MANY))),
    "form": lambda s: post_form(s, f"{LOBBY}/messages"),
    "form at login": lambda s: post_form(s, "/login"),
    "query": lambda s: body_of(s.get(f"{LOBBY}/messages?{form(MAX_FIELDS + 1)}")),
    "list": lambda s: post_token(s, ["x"] * MANY),
    "Socket.IO": lambda s: emit(s, "/chat", "post"),
    "CONNECT": connect,
    "WebSocket": say,
}


@pytest.mark.parametrize("door", DOORS)
def test_very_many_faults_are_one_error(shared_server: LiveServer, door: str) -> None:
    """F26: those of one megabyte took a second, in which the server did nothing else."""
    (error,) = DOORS[door](shared_server)["errors"]
    assert error["status"] in (400, 422)


def test_a_hundred_faults_are_listed(shared_server: LiveServer) -> None:
    sent = fields(MAX_FAULTS - 1)  # And a text is missing.
    faults = shared_server.post(f"{LOBBY}/messages", sent).json["errors"]
    assert {each["source"] for each in faults} == sent.keys() | {"text"}
    assert len(post_list(shared_server, MAX_FAULTS)) == MAX_FAULTS


def post_list(server: LiveServer, count: int) -> list[Any]:
    token = make_token(server, f"user{count}")
    reply = server.post("/tokens", {"name": "x", "scopes": ["x"] * count}, token=token)
    return list(reply.json["errors"])
