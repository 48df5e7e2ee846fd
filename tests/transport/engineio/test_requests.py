"""F20e: the status and body of each response, its envelope, and the headers of CORS."""

import pytest
from flask import Flask

from tests.support.fixtures import app, template
from tests.support.http import Reply
from tests.support.server import LiveServer
from tests.transport.web.test_http import POLLING, Poller

__all__ = ["app", "template"]

ORIGIN = {"Origin": "http://elsewhere.example"}
PATH = "/socket.io/"


def code(reply: Reply) -> tuple[int, str]:
    """Return the status and the code of an error that a page of another origin can read."""
    assert reply.headers["Access-Control-Allow-Origin"] in ("*", ORIGIN["Origin"])
    (error,) = reply.json["errors"]
    assert error["status"] == reply.status
    return reply.status, error["code"]


def test_a_post_is_answered_ok(server: LiveServer) -> None:
    reply = server.request("POST", Poller(server).url, body=b"3", headers=ORIGIN)
    assert (reply.status, reply.body) == (200, b"ok")
    assert reply.headers["Access-Control-Allow-Origin"]


WRONG = [
    ("GET", "EIO=4", "unknown_transport"),
    ("GET", "EIO=4&transport=", "unknown_transport"),
    ("GET", "EIO=4&transport=abc", "unknown_transport"),
    ("GET", "EIO=4&transport=polling&transport=polling", "unknown_transport"),
    ("GET", "EIO=4&sid=x", "unknown_transport"),
    ("GET", "transport=polling", "unsupported_client"),
    ("GET", "EIO=abc&transport=polling", "unsupported_client"),
    ("GET", "EIO=4&EIO=4&transport=polling", "unsupported_client"),
    ("GET", "EIO=4&transport=polling&sid=nobody", "unknown_session"),
    ("GET", "EIO=4&transport=polling&sid=", "unknown_session"),
    ("POST", "EIO=4&transport=polling&sid=nobody", "unknown_session"),
    ("POST", "EIO=4&transport=polling", "bad_request"),
    ("PUT", "EIO=4&transport=polling", "bad_request"),
    ("DELETE", "EIO=4&transport=polling&sid=nobody", "bad_request"),
    ("PATCH", "EIO=4&transport=polling", "bad_request"),
]


@pytest.mark.parametrize(("method", "query", "expected"), WRONG)
def test_a_wrong_request_is_a_400_that_any_origin_can_read(
    server: LiveServer, method: str, query: str, expected: str
) -> None:
    reply = server.request(method, f"{PATH}?{query}", headers=ORIGIN)
    assert code(reply) == (400, expected)


def test_a_websocket_without_its_handshake_is_a_426(server: LiveServer) -> None:
    reply = server.get(f"{PATH}?EIO=4&transport=websocket", headers=ORIGIN)
    assert code(reply) == (426, "upgrade_required")
    assert (reply.headers["Upgrade"], reply.headers["Sec-WebSocket-Version"]) == ("websocket", "13")


def test_a_body_that_is_too_large_is_a_413_and_ends_the_session(server: LiveServer) -> None:
    poller = Poller(server)
    reply = server.request("POST", poller.url, body=b"4" * 1_000_001, headers=ORIGIN)
    assert code(reply) == (413, "request_entity_too_large")
    assert code(server.get(poller.url, headers=ORIGIN)) == (400, "unknown_session")


@pytest.mark.parametrize("body", [b"", b"\x1e", b"3\x1e", b"bA", b"b!!!!", b"b\xc3\xa5", b"\xff"])
def test_a_payload_that_is_malformed_ends_the_session(server: LiveServer, body: bytes) -> None:
    """F16: the client violates the protocol, and is disconnected."""
    poller = Poller(server)
    reply = server.request("POST", poller.url, body=body, headers=ORIGIN)
    assert code(reply) == (400, "protocol_violation")
    assert server.get(poller.url).status == 400


def test_a_preflight_request_is_answered(server: LiveServer) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Method": "POST"}
    reply = server.request("OPTIONS", POLLING, headers=asked)
    assert reply.status == 200
    assert "POST" in reply.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_under_another_wsgi_server_it_says_what_is_missing(app: Flask, transport: str) -> None:
    """A session could be opened, and every poll would fail."""
    reply = app.test_client().get(f"/socket.io/?EIO=4&transport={transport}")
    assert reply.status_code == 501
    assert reply.get_json()["errors"][0]["code"] == "not_supported"
