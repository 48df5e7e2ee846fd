"""Pages of other origins while `ME_API_CORS_ORIGINS` is narrowed: one rule on all interfaces."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.rest.conftest import ALLOWED
from tests.support.http import HttpClient, Reply
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS

FOREIGN = [
    {"Origin": "https://three.example"},
    {"Origin": "http://one.example"},
    {"Origin": "https://one.example:8443"},
    {"Origin": "https://one.example.evil.example"},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://three.example", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]
WELCOME = [
    {},
    {"Origin": "https://one.example"},
    {"Origin": "https://ONE.example:443", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://two.example:8080"},
    {"Origin": "http://{host}"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
]
WEBSOCKET = {
    **{"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"},
    **{"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="},
}
MESSAGES = "/chat/rooms/lobby/messages"
ENGINE = "/socket.io/?EIO=4&transport="
Headers = dict[str, str]


def send(server: HttpClient, method: str, path: str, headers: Headers, **body: Any) -> int:
    """Send a request, read the head of the response only and return its status."""
    form = "nick=mos&text=hej" if body else None
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    with closing(server.connection(WAIT_SECONDS)) as connection:
        connection.request(method, path, form, headers | kind)
        return connection.getresponse().status


def poll(server: HttpClient, headers: Headers) -> int:
    """Post a packet into a session that is open."""
    sid = server.get(f"{ENGINE}polling").body.decode().split('"sid":"')[1].split('"')[0]
    return server.post(f"{ENGINE}polling&sid={sid}", body=b"40/chat,", headers=headers).status


INTERFACES: dict[str, tuple[Callable[[HttpClient, Headers], int], int]] = {
    "a form": (lambda s, h: send(s, "POST", MESSAGES, h, form=True), 201),
    "PUT": (lambda s, h: send(s, "PUT", "/reports", h), 401),
    "PATCH": (lambda s, h: send(s, "PATCH", f"{MESSAGES}/1", h), 422),
    "DELETE": (lambda s, h: send(s, "DELETE", f"{MESSAGES}/999", h), 404),
    "login": (lambda s, h: send(s, "POST", "/login", h), 422),
    "register": (lambda s, h: send(s, "POST", "/register", h), 422),
    "nowhere": (lambda s, h: send(s, "POST", "/nowhere", h), 404),
    "polling": (lambda s, h: send(s, "GET", f"{ENGINE}polling", h), 200),
    "a poll's POST": (poll, 200),
    "Socket.IO": (lambda s, h: send(s, "GET", f"{ENGINE}websocket", WEBSOCKET | h), 101),
    "WebSocket": (lambda s, h: send(s, "GET", "/ws/chat", WEBSOCKET | h), 101),
    "echo": (lambda s, h: send(s, "GET", "/ws/echo", WEBSOCKET | h), 101),
    "SSE": (lambda s, h: send(s, "GET", "/chat/rooms/lobby/stream", h), 200),
    "SSE of all": (lambda s, h: send(s, "GET", "/stream", h), 200),
}


@pytest.mark.parametrize("interface", INTERFACES)
def test_foreign_origins_are_refused_at_every_interface(narrow: LiveServer, interface: str) -> None:
    """F47: a form of another origin was stored."""
    call, _ = INTERFACES[interface]
    assert [call(narrow, headers) for headers in FOREIGN] == [403] * len(FOREIGN)


@pytest.mark.parametrize("interface", INTERFACES)
def test_own_and_allowed_origins_and_other_programs_are_served(
    narrow: LiveServer, interface: str
) -> None:
    """F47: Socket.IO refused the server's own origin."""
    call, status = INTERFACES[interface]
    host = f"{narrow.host}:{narrow.port}"
    for headers in WELCOME:
        sent = {name: value.format(host=host) for name, value in headers.items()}
        assert call(narrow, sent) == status, headers


@pytest.mark.parametrize("path", [MESSAGES, f"{ENGINE}polling"])
def test_a_refusal_is_the_envelope(narrow: LiveServer, path: str) -> None:
    reply: Reply = narrow.post(path, headers={"Origin": "https://three.example"})
    (error,) = reply.json["errors"]
    assert (error["status"], error["code"]) == (403, "foreign_origin")
    assert "https://three.example" in error["detail"]
    assert "Access-Control-Allow-Origin" not in reply.headers


def test_foreign_pages_may_link_to_a_stream_and_send_safe_requests(narrow: LiveServer) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert send(narrow, "GET", "/stream", headers) == 200
    assert send(narrow, "POST", MESSAGES, headers, form=True) == 403
    for method in ("GET", "HEAD", "OPTIONS"):
        reply = narrow.request(method, MESSAGES, headers={"Origin": "https://three.example"})
        assert reply.status == 200
        assert "Access-Control-Allow-Origin" not in reply.headers


def test_an_allowed_origin_may_read(narrow: LiveServer) -> None:
    for path in (MESSAGES, f"{ENGINE}polling"):
        reply = narrow.get(path, headers={"Origin": "https://one.example"})
        assert reply.headers["Access-Control-Allow-Origin"] == "https://one.example"


def test_with_a_star_every_origin_is_served(shared_server: LiveServer) -> None:
    for interface, (call, status) in INTERFACES.items():
        for headers in FOREIGN:
            assert call(shared_server, headers) == status, (interface, headers)


def test_behind_trusted_proxies_the_own_origin_is_that_of_the_client(
    make_server: MakeServer,
) -> None:
    server = make_server(cors_origins=ALLOWED, trusted_proxies=1)
    seen = {"X-Forwarded-Host": "me.example", "X-Forwarded-Proto": "https"}
    for interface, (call, status) in INTERFACES.items():
        assert call(server, seen | {"Origin": "https://me.example"}) == status, interface
        for origin in ("http://me.example", f"http://{server.host}:{server.port}"):
            assert call(server, seen | {"Origin": origin}) == 403, (interface, origin)


def test_forwarded_headers_of_strangers_are_not_believed(narrow: LiveServer) -> None:
    seen = {"X-Forwarded-Host": "three.example", "X-Forwarded-Proto": "https"}
    for interface, (call, _) in INTERFACES.items():
        assert call(narrow, seen | {"Origin": "https://three.example"}) == 403, interface
