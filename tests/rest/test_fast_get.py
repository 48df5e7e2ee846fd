"""Cacheable GETs over keep-alive connections: equal to Flask's responses, and never stale."""

import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.chat.clients import Room, make_token, short_tokens
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until

VIA_FLASK = {"Range": "none"}
"""A request for a range is not cacheable, and is answered by Flask, which ignores the range."""
REPORT = {"week": 1, "title": "Ett", "text": "# Hej"}


class KeepAliveConnection:
    """A connection that is reused for several requests."""

    def __init__(self, server: LiveServer) -> None:
        self._connection = server.connection(WAIT_SECONDS)

    def get(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """Send a GET; return status, headers and body."""
        self._connection.request("GET", path, headers=headers or {})
        response = self._connection.getresponse()
        body = response.read()
        fields = [(k.lower(), v) for k, v in response.getheaders() if k != "Date"]
        assert response.getheader("Date")
        return response.status, sorted(fields), body

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def connect(server: LiveServer) -> Iterator[Callable[[], KeepAliveConnection]]:
    """Return a function that opens connections."""
    connections: list[KeepAliveConnection] = []

    def make() -> KeepAliveConnection:
        connections.append(KeepAliveConnection(server))
        return connections[-1]

    yield make
    for connection in connections:
        connection.close()


@pytest.fixture
def connection(connect: Callable[[], KeepAliveConnection]) -> KeepAliveConnection:
    return connect()


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


def test_a_cached_response_ends_with_its_token(
    server: LiveServer, room: Room, owner: str, connection: KeepAliveConnection
) -> None:
    server.patch(room.url, {"guests": "none"}, token=owner)
    make_token(server, "reader")
    path = f"{room.url}/messages"
    requests = ({"x-access-token": token} for token in short_tokens(server, "reader"))
    headers = next(each for each in requests if connection.get(path, each)[0] == 200)
    wait_until(lambda: connection.get(path, headers)[0] != 200)
    assert b"expired_token" in connection.get(path, headers)[2]


def test_no_response_is_older_than_an_acknowledged_post(
    server: LiveServer, room: Room, connect: Callable[[], KeepAliveConnection]
) -> None:
    acknowledged, done, faults = [0], threading.Event(), list[str]()

    def read(path: str) -> None:
        connection, answers = connect(), 0
        while not done.is_set() or answers < 100:
            known = acknowledged[0]
            status, _, body = connection.get(path)
            answers += 1
            if status != 200 or _last_id(body) < known:
                faults.append(f"{path}: {known} was acknowledged before: {body[-200:]!r}")

    paths = [f"{room.url}/messages?limit={limit}" for limit in (1, 1, 50)]
    readers = [threading.Thread(target=read, args=(path,)) for path in paths]
    for reader in readers:
        reader.start()
    try:
        for number in range(1, 301):
            reply = server.post(f"{room.url}/messages", {"nick": "mos", "text": str(number)})
            acknowledged[0] = reply.json["data"]["id"]
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert faults == []
    assert acknowledged[0] == 300


def _last_id(body: bytes) -> int:
    found = body.rpartition(b'"id":')[2].partition(b",")[0]
    return int(found) if found.isdigit() else 0


def test_an_edit_is_visible_at_once(
    server: LiveServer, room: Room, owner: str, connection: KeepAliveConnection
) -> None:
    server.post(f"{room.url}/messages", {"nick": "mos", "text": "0"})
    for number in range(50):
        server.patch(f"{room.url}/messages/1", {"text": f"text {number}"}, token=owner)
        for path in ("messages", "messages/1", "messages"):
            assert b'"text":"text %d"' % number in connection.get(f"{room.url}/{path}")[2]


def test_a_report_is_visible_at_once(
    server: LiveServer, owner: str, connection: KeepAliveConnection
) -> None:
    for number in range(50):
        server.post("/reports", REPORT | {"title": f"title {number}"}, token=owner)
        for path in ("/reports", "/reports/week/1", "/reports"):
            assert b'"title":"title %d"' % number in connection.get(path)[2]


def test_a_closed_room_is_closed_at_once(
    server: LiveServer, room: Room, owner: str, connection: KeepAliveConnection
) -> None:
    server.post(f"{room.url}/messages", {"nick": "mos", "text": "secret"})
    for _ in range(20):
        for guests, status in (("none", 403), ("read", 200)):
            assert server.patch(room.url, {"guests": guests}, token=owner).status == 200
            for path in ("messages", "messages/1"):
                assert connection.get(f"{room.url}/{path}")[0] == status
    server.patch(room.url, {"guests": "none"}, token=owner)
    assert connection.get(f"{room.url}/messages", {"x-access-token": owner})[0] == 200
    assert connection.get(f"{room.url}/messages")[0] == 403, "what the owner read is not for guests"


def test_a_commit_of_another_process_is_visible_at_once(
    server: LiveServer, room: Room, connection: KeepAliveConnection
) -> None:
    server.post(f"{room.url}/messages", {"nick": "mos", "text": "0"})
    name = room.url.rpartition("/")[2]
    opened = sqlite3.connect(server.database, isolation_level=None, timeout=WAIT_SECONDS)
    with closing(opened) as other:
        for number in range(20):
            assert connection.get(f"{room.url}/messages")[0] == 200
            mine = "room_id = (SELECT id FROM rooms WHERE name = ?)"
            other.execute(f"UPDATE messages SET text = ? WHERE {mine}", (f"other {number}", name))
            assert b'"text":"other %d"' % number in connection.get(f"{room.url}/messages")[2]
        other.execute("UPDATE rooms SET guests = 'none' WHERE name = ?", (name,))
        assert connection.get(f"{room.url}/messages")[0] == 403


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
