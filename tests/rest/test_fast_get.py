"""Cacheable GETs over keep-alive connections: equal to Flask's responses."""

import socket
from collections.abc import Callable

import pytest

from tests.chat.clients import Room
from tests.rest.keep_alive import VIA_FLASK, KeepAliveConnection
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS


@pytest.mark.parametrize("origin", [None, "http://a.example"])
@pytest.mark.parametrize(
    "path",
    [
        "{room}/messages",
        "{room}/messages?limit=2",
        "{room}/messages?before=4&limit=2",
        "{room}/messages?after=1&limit=2&limit=x",
        "{room}/messages?at=2020-01-01T00:00:00Z",
        "{room}/messages?limit=0",
        "{room}/messages?limit=1000",
        "{room}/messages?before=1&after=1",
        "{room}/messages?limit",
        "{room}/messages/3",
        "{room}/messages/99",
        "{room}/messages/",
        "{room}/../messages",
        "{room}",
        "/chat/rooms/nowhere/messages",
        "/reports",
        "/reports?week=1",
        "/reports/week/1",
        "/reports/week/7",
        "/nowhere",
        "/healthz",
    ],
)
def test_a_cacheable_get_is_answered_as_by_flask(
    server: LiveServer,
    room: Room,
    owner: str,
    connection: KeepAliveConnection,
    path: str,
    origin: str | None,
) -> None:
    server.post("/reports", REPORT, token=owner)
    for text in ("ett", 'två "\\\n\u2028', "tre", "fyra", "fem"):
        server.post(f"{room.url}/messages", {"nick": "mos", "text": text})
    server.delete(f"{room.url}/messages/2", token=owner)
    server.patch(f"{room.url}/messages/3", {"text": "3"}, token=owner)
    url, asked = path.format(room=room.url), {"Origin": origin} if origin else {}
    expected = connection.get(url, asked | VIA_FLASK)
    assert connection.get(url, asked) == expected, "made by the fast path"
    assert connection.get(url, asked) == expected, "cached"
    tag = dict(expected[1]).get("etag")
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*", '"x"') if tag else ():
        headers = asked | {"If-None-Match": known}
        assert (
            connection.get(url, headers)
            == connection.get(url, headers | VIA_FLASK)
            == connection.get(url, headers)
        )


REPORT = {"week": 1, "title": "Ett", "text": "# Hej"}
SECRET = "a-secret-of-a-guest-0123456789"
CREDENTIALS: dict[str, Callable[[str], dict[str, str]]] = {
    "token": lambda token: {"x-access-token": token},
    "bearer": lambda token: {"Authorization": f"bearer {token}"},
    "basic": lambda token: {"Authorization": f"Basic {token}"},
    "token and bearer": lambda token: {"x-access-token": token, "Authorization": "Bearer x"},
    "no token": lambda token: {"x-access-token": "x"},
    "guest": lambda token: {"X-Guest": SECRET},
    "guest and token": lambda token: {"X-Guest": SECRET, "x-access-token": token},
    "no guest": lambda token: {"X-Guest": "short"},
}


@pytest.mark.parametrize("access", ["post", "none"])
@pytest.mark.parametrize("credentials", CREDENTIALS)
def test_a_get_with_credentials_is_answered_as_by_flask(
    server: LiveServer,
    room: Room,
    owner: str,
    connection: KeepAliveConnection,
    credentials: str,
    access: str,
) -> None:
    server.post(f"{room.url}/messages", {"nick": "mos", "text": "hej"})
    assert server.patch(room.url, {"guests": access}, token=owner).status == 200
    headers = CREDENTIALS[credentials](owner)
    pages = (f"{room.url}/messages", f"{room.url}/messages?limit=x", f"{room.url}/messages/1")
    for path in (*pages, "/reports"):
        expected = connection.get(path, headers | VIA_FLASK)
        assert connection.get(path, headers) == expected, "made by the fast path"
        assert connection.get(path, headers) == expected, "cached"
        if expected[0] == 200:
            assert ("cache-control", "private") in expected[1]


def test_pipelined_requests_are_answered_in_order(server: LiveServer, room: Room) -> None:
    for number in range(1, 4):
        server.post(f"{room.url}/messages", {"nick": "mos", "text": f"text {number}"})
    heads = [
        f"GET {room.url}/messages/{number} HTTP/1.1\r\nHost: x\r\n{more}\r\n"
        for number, more in ((1, ""), (2, "Range: none\r\n"), (3, "Connection: close\r\n"))
    ]
    for _ in range(3):
        with socket.create_connection((server.host, server.port), timeout=WAIT_SECONDS) as sock:
            sock.sendall("".join(heads).encode())
            data = _all(sock)
        texts = [data.index(b'"text":"text %d"' % number) for number in (1, 2, 3)]
        assert texts == sorted(texts) and data.count(b"HTTP/1.1 200 OK") == 3


def test_a_request_in_many_segments_is_answered(server: LiveServer, room: Room) -> None:
    server.post(f"{room.url}/messages", {"nick": "mos", "text": "whole"})
    head = f"GET {room.url}/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    for size in (1, 7, len(head)):
        with socket.create_connection((server.host, server.port), timeout=WAIT_SECONDS) as sock:
            for start in range(0, len(head), size):
                sock.sendall(head[start : start + size])
            assert b'"text":"whole"' in _all(sock)


def test_a_slow_reader_receives_everything(server: LiveServer, room: Room) -> None:
    for _ in range(30):
        server.post(f"{room.url}/messages", {"nick": "mos", "text": "x" * 4000})
    head = f"GET {room.url}/messages HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    end = head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(WAIT_SECONDS)
        sock.connect((server.host, server.port))
        sock.sendall(head * 40 + end)
        assert _all(sock).count(b'"text":"' + b"x" * 4000 + b'"') == 30 * 41


def _all(sock: socket.socket) -> bytes:
    data = b""
    while chunk := sock.recv(65536):
        data += chunk
    return data
