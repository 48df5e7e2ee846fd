"""What incomplete requests and messages take in memory is bounded, and freed when they end."""

import json
import os
import re
import resource
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.support.frames import BINARY, TEXT, frame
from tests.support.packets import BINARY_EVENT
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until
from tests.support.wire import WireClient
from tests.transport.web.raw import FORM as URLENCODED
from tests.transport.web.raw import HOST, MESSAGES, exchange, statuses

LIMIT = 8_000_000
CONNECTIONS = 40
SENT = 900_000
GROWN = 3 * LIMIT
"""Bytes: what is counted, a copy of it, and what each connection may hold without being counted."""
HEADROOM = 20_000_000
SETTINGS = {"input_bytes": LIMIT, "websocket_max_bytes": 1_000_000}

SOCKETIO = b"/socket.io/?EIO=4&transport="
UPGRADE = HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
UPGRADE += b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
FRAME = b"\x81\xff" + struct.pack("!Q", 999_000) + bytes(4) + b"a" * SENT
PARTS = (b"\x01\xfe\xea\x60" + bytes(4) + b"a" * 60_000) + (
    b"\x00\xfe\xea\x60" + bytes(4) + b"a" * 60_000
) * (SENT // 60_000 - 1)
SMALL_PARTS = frame(TEXT, b"a", final=False) + frame(0, b"a", final=False) * 4000
PLACES = ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in range(10))
EVENT = frame(TEXT, b"40/chat,") + frame(TEXT, f'4510-/chat,["post",{PLACES}]'.encode())
JSON = MESSAGES + HOST + b"Content-Type: application/json\r\n"
FORM = MESSAGES + HOST + b"Content-Type: multipart/form-data; boundary=x\r\n"
FIELD = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
FILE = FIELD.replace(b"\r\n\r\n", b'; filename="a"\r\n\r\n')
SIZE = b"Content-Length: 999000\r\n\r\n"

KINDS = {
    "native": (b"GET /ws/echo HTTP/1.1\r\n" + UPGRADE, FRAME),
    "fragments": (b"GET /ws/echo HTTP/1.1\r\n" + UPGRADE, PARTS),
    "fragments of a byte": (b"GET /ws/echo HTTP/1.1\r\n" + UPGRADE, SMALL_PARTS),
    "chat": (b"GET /ws/chat?room=lobby HTTP/1.1\r\n" + UPGRADE, FRAME),
    "socket.io": (b"GET " + SOCKETIO + b"websocket HTTP/1.1\r\n" + UPGRADE, FRAME),
    "attachments": (
        b"GET " + SOCKETIO + b"websocket HTTP/1.1\r\n" + UPGRADE,
        EVENT + frame(BINARY, b"a" * (SENT // 9)) * 9,
    ),
    "upgrade": (b"GET " + SOCKETIO + b"websocket&sid=SID HTTP/1.1\r\n" + UPGRADE, FRAME),
    "payload": (
        b"",
        b"POST " + SOCKETIO + b"polling&sid=SID HTTP/1.1\r\n" + HOST + SIZE + b"4" * SENT,
    ),
    "head": (b"", b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 16_000),
    "header lines": (b"", b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 90),
    "json": (b"", JSON + SIZE + b"[" * SENT),
    "chunked": (b"", JSON + b"Transfer-Encoding: chunked\r\n\r\nf0000\r\n" + b"[" * SENT),
    "chunks of a byte": (
        b"",
        JSON + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n[\r\n" * 4000,
    ),
    "form": (b"", MESSAGES + HOST + URLENCODED + SIZE + b"a=b&" * (SENT // 4)),
    "multipart": (b"", FORM + SIZE + FIELD + b"a" * SENT),
    "file": (b"", FORM + SIZE + FILE + b"a" * SENT),
}
"""What precedes the incomplete input on its connection, and the input."""


@pytest.fixture
def crowd() -> Iterator[list[socket.socket]]:
    """Return a list of sockets, which are closed after the test."""
    sockets: list[socket.socket] = []
    yield sockets
    for sock in sockets:
        sock.close()


def send_incomplete(server: LiveServer, handshake: bytes, data: bytes) -> socket.socket:
    """Open a connection and send all of an incomplete input that the server takes."""
    if b"=SID " in handshake + data[:200]:
        opened = server.get(SOCKETIO.decode() + "polling").body
        sid = json.loads(opened[1:])["sid"].encode()
        handshake, data = (part.replace(b"=SID ", b"=" + sid + b" ") for part in (handshake, data))
    sock = socket.create_connection((server.host, server.port), timeout=WAIT_SECONDS)
    if handshake:
        sock.sendall(handshake)
        assert b" 101 " in sock.recv(4096)
    sock.settimeout(0.05)
    # Beyond the limit the server does not read.
    with suppress(OSError):
        sock.sendall(data)
    return sock


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


def holds(server: LiveServer, size: int) -> bool:
    """Return whether the server counts so many bytes of incomplete input."""
    found = re.search(rb"\nme_api_unfinished_input_bytes (\S+)", server.get("/metrics").body)
    return found is not None and float(found[1]) == size


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
