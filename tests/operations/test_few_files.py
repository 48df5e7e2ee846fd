"""A process with a low limit of open files warns, and survives reaching the limit."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection

import pytest

from tests.conftest import MakeServer
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until

ALLOWED = 64
"""As `tests/entries/few_files.py` has it."""


@contextmanager
def connected(server: LiveServer, sources: list[str]) -> Iterator[list[socket.socket]]:
    """Connect from each of these addresses, in order; send nothing."""
    with ExitStack() as opened:
        address = server.host, server.port
        yield [
            opened.enter_context(
                socket.create_connection(address, WAIT_SECONDS, source_address=(source, 0))
            )
            for source in sources
        ]


def test_startup_warns_of_a_low_limit(make_server: MakeServer) -> None:
    server = make_server(entry="few_files")
    warnings = [line for line in server.log.splitlines() if "WARNING" in line]
    assert len(warnings) == 1
    assert f"at most about {ALLOWED - 32} clients fit: ulimit -n is {ALLOWED}" in warnings[0]


def test_startup_does_not_warn_of_a_high_limit(make_server: MakeServer) -> None:
    assert "WARNING" not in make_server().log


def test_connections_of_one_address_leave_room_for_others(make_server: MakeServer) -> None:
    """F14: silent connections take at most a quarter of the files."""
    server = make_server(entry="few_files")
    with connected(server, ["127.0.0.1"] * 2 * ALLOWED) as crowd:
        for request in crowd[: ALLOWED // 2]:
            request.sendall(b"G")
        wait_until(lambda: refused(server) > ALLOWED, what="refusing the rest")
        assert b'"code":"too_many_connections"' in crowd[-1].recv(1000)


def test_an_address_has_its_part_of_the_files_that_the_server_may_open(
    make_server: MakeServer,
) -> None:
    """F14: it was a quarter of the limit before the server raised it: usually 256."""
    server = make_server(entry="soft_limit")
    with connected(server, ["127.0.0.1"] * ALLOWED):
        assert server.get("/healthz").status == 200
        assert refused(server) == 0


def refused(server: LiveServer) -> int:
    """Return how many connections were refused, as another address sees it."""
    with closing(
        HTTPConnection(server.host, server.port, source_address=("127.0.0.2", 0))
    ) as other:
        other.request("GET", "/metrics")
        response = other.getresponse()
        assert response.status == 200
        found = re.search(
            rb'me_api_http_errors_total{code="too_many_connections"} (\d+)', response.read()
        )
    return int(found[1]) if found else 0


def test_the_oldest_silent_connections_make_room(make_server: MakeServer) -> None:
    """F14: connections from many addresses, which send nothing, do not shut others out."""
    server = make_server(entry="few_files")
    with connected(server, [f"127.0.1.{n}" for n in range(1, 2 * ALLOWED)]) as crowd:
        assert crowd[0].recv(1) == b"", "the oldest is not closed"
        assert server.get("/healthz").status == 200


HANDSHAKE = (
    b"GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def read_to_end(sock: socket.socket) -> bytes:
    """Return what is received until the server closes the connection."""
    received = b""
    with suppress(ConnectionResetError):
        while data := sock.recv(1000):
            received += data
    return received


RESERVED_BITS = b"\xff\xff"
"""The beginning of a frame that violates the protocol."""


@pytest.mark.parametrize("way", ["violations", "upgrades"])
def test_websockets_that_are_being_closed_make_room(make_server: MakeServer, way: str) -> None:
    """F14: each waited five seconds for its client to close, and was counted nowhere."""
    server = make_server(entry="slow_close")
    path, first = b"/ws/echo", RESERVED_BITS
    if way == "upgrades":
        opened = server.get("/socket.io/?EIO=4&transport=polling").body
        sid = opened.split(b'"sid":"')[1].split(b'"')[0]
        # Only the last WebSocket can become that of the session; the others are closed.
        path, first = b"/socket.io/?EIO=4&transport=websocket&sid=" + sid, b""
    with ExitStack() as opened_sockets:
        crowd = []
        for _ in range(2 * ALLOWED):
            (sock,) = opened_sockets.enter_context(connected(server, ["127.0.0.2"]))
            sock.sendall(HANDSHAKE % path)
            assert sock.recv(1000).startswith(b"HTTP/1.1 101 ")
            sock.sendall(first)
            crowd.append(sock)
        assert server.get("/healthz").status == 200
        assert read_to_end(crowd[0])[:1] == b"\x88", "it was closed, and then aborted"
