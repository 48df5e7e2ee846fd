"""What incomplete requests and messages take in memory is bounded, and freed when they end."""

import os
import resource
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.limits.incomplete import (
    CONNECTIONS,
    GROWN,
    HEADROOM,
    JSON,
    KINDS,
    LIMIT,
    PLACES,
    SENT,
    SETTINGS,
    holds,
    send_incomplete,
)
from tests.support.packets import BINARY_EVENT
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until
from tests.support.wire import WireClient
from tests.transport.web.raw import exchange, statuses


@pytest.fixture
def crowd() -> Iterator[list[socket.socket]]:
    """Return a list of sockets, which are closed after the test."""
    sockets: list[socket.socket] = []
    yield sockets
    for sock in sockets:
        sock.close()


def reset(sock: socket.socket) -> None:
    """Close a connection without a goodbye."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def resident(server: LiveServer) -> int:
    """Return the resident size of the server in bytes."""
    assert server.process is not None
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def fill(server: LiveServer, crowd: list[socket.socket], kind: str) -> None:
    """Hold almost as much incomplete input as one address may."""
    for number in range(1, LIMIT // 2 // SENT + 1):
        handshake, data = KINDS[kind]
        crowd.append(send_incomplete(server, handshake, b""))
        crowd[-1].settimeout(WAIT_SECONDS)
        crowd[-1].sendall(data)
        wait_until(partial(holds, server, number * SENT), what="all of it counted")


@pytest.mark.parametrize("kind", KINDS)
def test_memory_is_bounded_and_comes_back(
    make_server: MakeServer, crowd: list[socket.socket], kind: str
) -> None:
    """F23, F24: without further traffic, though the clients vanish."""
    server = make_server(**SETTINGS)
    handshake, data = KINDS[kind]
    reset(send_incomplete(server, handshake, data))
    assert server.get("/healthz").status == 200
    before = resident(server)
    # Of little input more is sent at once.
    count = CONNECTIONS if len(data) > SENT // 2 else 5 * CONNECTIONS
    crowd += [send_incomplete(server, handshake, data) for _ in range(count)]
    assert server.get("/healthz").status == 200
    assert resident(server) - before < GROWN
    for sock in crowd:
        reset(sock)
    wait_until(lambda: resident(server) < before * 1.05, what="memory back")


def test_a_request_over_the_limit_is_refused_as_busy(
    make_server: MakeServer, crowd: list[socket.socket]
) -> None:
    server = make_server(**SETTINGS)
    fill(server, crowd, "json")
    response = exchange(server, KINDS["json"][1])
    assert statuses(response) == [503]
    assert b'"code":"busy"' in response
    complete = JSON + b"Connection: close\r\nContent-Length: 27\r\n\r\n"
    assert statuses(exchange(server, complete + b'{"nick":"mos","text":"hej"}')) == [201]
    while crowd:
        crowd.pop().close()
    wait_until(lambda: statuses(exchange(server, LARGE)) == [422], what="room again")


TEXT = b'{"nick":"mos","text":"' + b"a" * SENT + b'"}'
LARGE = JSON + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(TEXT) + TEXT


def test_a_message_over_the_limit_closes_its_connection(
    make_server: MakeServer, crowd: list[socket.socket]
) -> None:
    server = make_server(**SETTINGS)
    fill(server, crowd, "native")
    handshake, data = KINDS["native"]
    crowd.append(last := send_incomplete(server, handshake, b""))
    last.settimeout(WAIT_SECONDS)
    last.sendall(data)
    assert last.recv(4) == b"\x88" + bytes([2 + len("too many incomplete messages")]) + b"\x03\xf5"


@pytest.mark.parametrize("kind", ["native", "json"])
def test_a_process_with_little_memory_refuses_and_lives(
    make_server: MakeServer, crowd: list[socket.socket], kind: str
) -> None:
    """F25: the memory that the process may take is less than what may be unfinished."""
    server = make_server(websocket_max_bytes=1_000_000)
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    size = int(status.split("VmSize:")[1].split()[0]) * 1024 + HEADROOM
    resource.prlimit(server.process.pid, resource.RLIMIT_AS, (size, size))
    handshake, data = KINDS[kind]
    with suppress(OSError, AssertionError):
        for _ in range(2 * CONNECTIONS):
            crowd.append(send_incomplete(server, handshake, data))
    while crowd:
        reset(crowd.pop())
    posted = {"nick": "mos", "text": "hej"}
    wait_until(
        lambda: server.post("/chat/rooms/lobby/messages", posted).status == 201, what="alive"
    )


ATTACHMENT = b"a" * (LIMIT // 2 // 9)
"""Of ten, nine are almost as much as one address may hold."""
SMALL_ATTACHMENT = b"a" * 16_000
"""Counted only together with others."""


def test_attachments_of_unfinished_events_are_counted(make_server: MakeServer) -> None:
    """F23: an application may accept them, and keeps those that have come."""
    server = make_server(entry="socketio_echo", **SETTINGS)

    def begin() -> WireClient:
        client = WireClient(server.host, server.port)
        client.connect("/", {})
        client.send(f'4510-["message",{PLACES}]')
        return client

    with begin() as client, begin() as other:
        for _ in range(9):
            client.send(ATTACHMENT)
        wait_until(lambda: holds(server, 9 * len(ATTACHMENT)), what="all of it counted")
        for _ in range(2):
            other.send(SMALL_ATTACHMENT)
        other.drain()
        assert other.closing == b"\x03\xf5too many incomplete messages"
        client.send(b"the tenth")
        assert client.wait_packet(lambda packet: packet.type == BINARY_EVENT)
        wait_until(lambda: holds(server, 0), what="nothing being counted")
    with begin() as client:
        client.send(ATTACHMENT)
        wait_until(lambda: holds(server, len(ATTACHMENT)), what="it being counted")
    wait_until(lambda: holds(server, 0), what="a lost connection holding nothing")


def test_requests_are_freed_without_a_garbage_collection(make_server: MakeServer) -> None:
    """F24: without further traffic, none may come, and what is incomplete is a megabyte."""
    server = make_server(entry="no_collection", forked=False, **SETTINGS)
    for handshake, data in KINDS.values():
        sock = send_incomplete(server, handshake, data)
        assert server.get("/healthz").status == 200
        reset(sock)
        wait_until(partial(holds, server, 0), what="its end")
    server.stop()
    first, *found = server.log.splitlines()[-1].split()
    assert first == "found:"
    assert not {"RequestBody", "DirectRequest", "ViewRequest"}.intersection(found)
