"""How fast an address opens connections, and how many it holds, of every kind (F21)."""

import json
import socket
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import MakeServer
from tests.limits.senders import forwarded, refusals
from tests.support.frames import FrameSocket, read_head
from tests.support.http import Reply
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until

ADDRESS, SAME, OTHER = "2001:db8::1", "2001:db8::ffff:7", "192.0.2.1"
ORIGIN = {"Origin": "http://elsewhere.example"}
UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
EIO = "/socket.io/?EIO=4&transport"
OPENED = {
    "polling": (f"{EIO}=polling", {}),
    "Engine.IO": (f"{EIO}=websocket", UPGRADE),
    "echo": ("/ws/echo", UPGRADE),
    "broadcast": ("/ws/broadcast", UPGRADE),
    "native chat": ("/ws/chat", UPGRADE),
    "any": ("/ws", UPGRADE),
    "room stream": ("/chat/rooms/lobby/stream", {}),
    "reports stream": ("/reports/stream", {}),
    "stream": ("/stream", {}),
}

Open = Callable[..., "Opened"]


class Opened:
    """A connection of a kind, from an address, and the status of its response."""

    def __init__(self, server: LiveServer, kind: str, address: str) -> None:
        path, headers = OPENED[kind]
        self._socket = socket.create_connection((server.host, server.port), timeout=WAIT_SECONDS)
        fields = {"Host": "localhost", **headers, **forwarded(address)}
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.accepted = read_head(self._socket)[0] in (101, 200)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def connect() -> Iterator[Open]:
    """Return a function that opens connections, which are closed after the test."""
    made: list[Opened] = []

    def make(server: LiveServer, kind: str, address: str = ADDRESS) -> Opened:
        made.append(Opened(server, kind, address))
        return made[-1]

    yield make
    for connection in made:
        connection.close()


def refusal(server: LiveServer, kind: str, address: str) -> Reply:
    path, headers = OPENED[kind]
    return server.get(path, headers={**headers, **forwarded(address), **ORIGIN})


def check_refusal(server: LiveServer, kind: str, code: str) -> None:
    """Check that one more connection of the address is refused, so that a browser can tell why."""
    path, headers = OPENED[kind]
    reply = server.get(path, headers={**headers, **forwarded(SAME), **ORIGIN})
    assert (reply.status, reply.json["errors"][0]["code"]) == (429, code)
    assert reply.headers["Retry-After"] == str(reply.json["retry_after"])
    assert reply.headers["Access-Control-Allow-Origin"] in ("*", ORIGIN["Origin"])


@pytest.mark.parametrize("kind", OPENED)
def test_an_address_opens_no_more_than_its_rate(
    make_limited: MakeServer, connect: Open, kind: str
) -> None:
    server = make_limited(rates="open=0.01/5")
    opened = [connect(server, each) for each in [*list(OPENED)[:4], kind]]
    assert all(connection.accepted for connection in opened)
    check_refusal(server, kind, "rate_limited")
    assert connect(server, kind, OTHER).accepted
    assert refusals(server)["open"] == 1
    for connection in opened:
        connection.close()
    check_refusal(server, kind, "rate_limited")  # Closing fills no bucket.


@pytest.mark.parametrize("kind", OPENED)
def test_an_address_holds_no_more_than_the_cap(
    make_limited: MakeServer, connect: Open, kind: str
) -> None:
    """Whatever their kinds; also with the rates turned off."""
    server = make_limited(rate_limits="off", address_connections=4)
    opened = [connect(server, each) for each in ("stream", "echo", "Engine.IO", kind)]
    assert all(connection.accepted for connection in opened)
    check_refusal(server, kind, "too_many_connections")
    assert connect(server, kind, OTHER).accepted
    assert refusals(server)["connections"] == 1
    opened[0].close()
    wait_until(lambda: connect(server, kind).accepted)


@pytest.mark.parametrize("kind", [kind for kind in OPENED if kind != "polling"])
def test_every_closed_connection_is_counted_out(
    make_limited: MakeServer, connect: Open, kind: str
) -> None:
    server = make_limited(rate_limits="off", address_connections=1)

    def opened() -> Opened | None:
        connection = connect(server, kind)
        return connection if connection.accepted else None

    for _ in range(5):
        wait_until(opened).close()


def test_a_polling_session_is_counted_out(make_limited: MakeServer) -> None:
    """By its own CLOSE, or when it has not answered a ping."""
    server = make_limited(address_connections=1, ping_interval=0.2, ping_timeout=0.2)
    for _ in range(3):
        reply = wait_until(lambda: _polling(server))
        sid = json.loads(reply.body[1:])["sid"]
        server.post(f"{EIO}=polling&sid={sid}", body=b"1", headers=forwarded(ADDRESS))
    wait_until(lambda: _polling(server))
    wait_until(lambda: _polling(server))


def _polling(server: LiveServer) -> Reply | None:
    reply = server.get(f"{EIO}=polling", headers=forwarded(ADDRESS))
    return reply if reply.status == 200 else None


@pytest.mark.parametrize("settings", [{"rates": "open=0.01/1"}, {"address_connections": 1}])
def test_a_stream_that_returns_is_told_to_try_again(
    make_limited: MakeServer, connect: Open, settings: dict[str, object]
) -> None:
    """An EventSource would take an error for final."""
    server = make_limited(**settings)
    assert connect(server, "stream").accepted
    for kind in ("stream", "room stream", "reports stream"):
        path, _ = OPENED[kind]
        returning = forwarded(ADDRESS) | {"Last-Event-ID": "0"}
        reply = server.get(path, headers=returning)
        assert (reply.status, reply.headers.get_content_type()) == (200, "text/event-stream")
        field, _, milliseconds = reply.body.decode().strip().partition(": ")
        assert field == "retry" and int(milliseconds) >= 1000
        assert server.get(path, headers=forwarded(ADDRESS)).status == 429


def test_a_refused_handshake_holds_nothing(make_limited: MakeServer) -> None:
    server = make_limited(address_connections=1)
    for path, expected in (("/ws/chat?room=attic", 404), ("/ws/chat?token=x", 401), ("/ws", 101)):
        socket = FrameSocket(server.host, server.port, path, headers=forwarded(ADDRESS))
        assert socket.status == expected
        socket.close()
    for _ in range(3):
        assert server.request("HEAD", "/stream", headers=forwarded(ADDRESS)).status == 200


def test_a_plain_request_is_neither_counted_nor_refused(
    make_limited: MakeServer, connect: Open
) -> None:
    server = make_limited(address_connections=1, rates="open=0.01/1")
    assert connect(server, "echo").accepted
    for path in ("/healthz", "/chat/rooms/lobby/messages", "/ws/echo"):
        assert server.get(path, headers=forwarded(ADDRESS)).status in (200, 426)
