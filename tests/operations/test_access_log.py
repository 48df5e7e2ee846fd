"""The access log has one line for each request, whatever answers it and however it ends."""

import re
import socket
from contextlib import closing
from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.operations.access_lines import ID, line_for, line_of, lines
from tests.support.native import NativeClient
from tests.support.node import NodeClients
from tests.support.server import LiveServer
from tests.support.sse import EventStream
from tests.support.wait import wait_until
from tests.transport.web.raw import exchange, statuses

MESSAGES = "/chat/rooms/lobby/messages"


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", MESSAGES, {}, 200),
        ("HEAD", MESSAGES, {}, 200),
        ("POST", MESSAGES, {"json": {"nick": "mos", "text": "hej"}}, 201),
        ("GET", "/healthz", {}, 200),
        ("GET", "/readyz", {}, 200),
        ("GET", "/chat/rooms/lobby/changes?since=0", {}, 200),
        ("GET", "/nothing", {}, 404),
        ("PUT", MESSAGES, {}, 405),
        ("GET", "/socket.io/?EIO=4&transport=polling", {}, 200),
        ("GET", "/socket.io/?EIO=3&transport=polling", {}, 400),
        ("GET", "/ws", {}, 426),
        ("OPTIONS", "*", {}, 204),
    ],
)
def test_every_request_has_a_line_with_the_id_of_its_response(
    behind_proxies: LiveServer, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    reply = behind_proxies.request(method, path, **options)
    found = line_for(behind_proxies, reply)
    assert reply.status == found["status"] == status
    assert (found["kind"], found["method"], found["target"]) == ("request", method, path)
    assert found["bytes"] == len(reply.body) and found["seconds"] > 0


def test_cached_and_pipelined_requests_have_lines_of_their_own(
    behind_proxies: LiveServer,
) -> None:
    get = f"GET {MESSAGES} HTTP/1.1\r\nHost: x\r\nUser-Agent: pipe\r\n%s\r\n".encode()
    with closing(socket.create_connection((behind_proxies.host, behind_proxies.port))) as sock:
        received = b""
        for _ in range(3):
            sock.sendall(get % b"")
            received += sock.recv(65_536)
        sock.sendall(get % b"" * 3 + get % b"Connection: close\r\n")
        while data := sock.recv(65_536):
            received += data
    ids = [found.decode() for found in re.findall(rb"X-Request-ID: (\S+)\r\n", received)]
    assert statuses(received) == [200] * 7 and len(set(ids)) == 7
    found = [line_of(behind_proxies, each) for each in ids]
    assert {line["user_agent"] for line in found} == {"pipe"}
    size = found[0]["bytes"]
    assert size and received.count(b'"data":') == 7
    assert [line["bytes"] for line in found] == [size] * 7


def test_a_large_response_that_is_read_slowly_is_counted_once(
    behind_proxies: LiveServer,
) -> None:
    for number in range(200):
        # More than the buffers of both ends take at once.
        text = f"{number} {'🐌' * 3900}"
        behind_proxies.post("/chat/rooms/kundtjanst/messages", {"nick": "mos", "text": text})
    path = "/chat/rooms/kundtjanst/messages?limit=200"
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    for _ in range(2):
        with closing(socket.socket()) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.connect((behind_proxies.host, behind_proxies.port))
            sock.sendall(request)
            received = b""
            while data := sock.recv(65_536):
                received += data
        head, _, body = received.partition(b"\r\n\r\n")
        found = re.search(rb"X-Request-ID: (\S+)", head)
        assert found and len(body) > 3_000_000
        assert line_of(behind_proxies, found[1].decode())["bytes"] == len(body)


def test_connections_that_stay_open_have_a_line_when_they_are_opened(
    behind_proxies: LiveServer, token: str, node: NodeClients
) -> None:
    address = behind_proxies.host, behind_proxies.port
    headers = {"User-Agent": "sse", "x-access-token": token}
    with EventStream(*address, "/chat/rooms/lobby/stream?since=0", headers=headers) as stream:
        stream.wait_until(lambda: stream.last_id)
        wait_until(lambda: any(line.get("user_agent") == "sse" for line in lines(behind_proxies)))
    with NativeClient(behind_proxies, f"/ws/chat?token={token}&room=lobby", "json") as client:
        native = line_of(behind_proxies, client.socket.headers[ID.lower()])
    assert (native["status"], native["user"], native["bytes"]) == (101, "doe", 0)
    assert native["target"] == "/ws/chat?token=***&room=lobby"
    (sse,) = [line for line in lines(behind_proxies) if line.get("user_agent") == "sse"]
    assert (sse["status"], sse["user"]) == (200, "doe")
    stock = node.connect(behind_proxies.url, "/chat", transports=["polling", "websocket"])
    wait_until(lambda: stock.state()["transport"] == "websocket")

    def of_engineio() -> set[tuple[str, int]]:
        found = [line for line in lines(behind_proxies) if line["kind"] == "request"]
        return {
            (line["method"], line["status"])
            for line in found
            if line["target"].startswith("/socket.io/")
        }

    wait_until(lambda: {("GET", 200), ("POST", 200), ("GET", 101)} <= of_engineio())
    assert "sid=***" in behind_proxies.log


def test_an_interim_response_is_not_the_response(behind_proxies: LiveServer) -> None:
    body = b"nick=mos&text=hej"
    head = f"POST {MESSAGES} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n"
    head += (
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with closing(socket.create_connection((behind_proxies.host, behind_proxies.port))) as sock:
        sock.sendall(head.encode())
        received = sock.recv(65_536)
        assert received == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        while data := sock.recv(65_536):
            received += data
    (request_id,) = re.findall(rb"X-Request-ID: (\S+)", received)
    found = line_of(behind_proxies, request_id.decode())
    assert found["status"] == 201
    assert found["bytes"] == len(received.rpartition(b"\r\n\r\n")[2])


def test_what_is_no_request_has_a_line_without_one(make_server: MakeServer) -> None:
    server = make_server(access_log="common", head_timeout=0.2)
    refused = [exchange(server, b"nonsense\r\n\r\n"), exchange(server, b"GET / HTTP/1.1\r\n")]
    for response, status in zip(refused, (400, 408), strict=True):
        found = re.search(rb"X-Request-ID: (\S+)", response)
        assert statuses(response) == [status] and found
        request_id = found[1].decode()
        wait_until(lambda each=request_id: each in server.log)
        (line,) = [line for line in server.log.splitlines() if request_id in line]
        assert f'] "-" {status} ' in line


def test_a_client_that_leaves_before_the_response_has_a_line(make_server: MakeServer) -> None:
    server = make_server(access_log="json")
    path = "/chat/rooms/lobby/changes?since=0&wait=60"
    with closing(socket.create_connection((server.host, server.port))) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        wait_until(lambda: "me_api_waiting 1.0" in server.get("/metrics").body.decode())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    wait_until(lambda: any(line.get("target") == path for line in lines(server)))
