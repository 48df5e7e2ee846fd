"""The WebSocket below Engine.IO, from its handshake to its end, on a real server."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.conftest import StartServer
from tests.support.frames import CLOSE, PING, PONG, TEXT, frame
from tests.support.server import LiveServer
from tests.support.wire import WireClient
from tests.transport.assertions import (
    CHAT,
    LOBBY,
    SECONDS,
    answer_on_its_way,
    connections,
    ended_by_close,
    fill_lobby,
    joined,
    sockets_of,
    wait_for_cleanup,
)
from tests.transport.conftest import Attack

LONG = 100_000
PAGES = 80


@pytest.fixture(scope="module")
def large_history_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start a server whose history is larger than the socket buffers of the kernel."""
    limits = {"message_max_length": LONG, "outbox_bytes": LONG * PAGES * 2}
    server = start_server("large_history", **limits)
    fill_lobby(server, PAGES, LONG)
    yield server
    server.stop()


@pytest.fixture
def server(large_history_server: LiveServer) -> LiveServer:
    """Use the server with the large history instead of the default one."""
    return large_history_server


@pytest.fixture
def counted(server: LiveServer) -> tuple[int, int]:
    """Return the clients and sockets before the test, when no client is connected."""
    wait_for_cleanup(server, (0, sockets_of(server)))
    return connections(server), sockets_of(server)


def test_a_pong_is_sent_between_frames_never_within_one(server: LiveServer) -> None:
    with joined(server, "slow") as slow, joined(server, "other") as other:
        slow.emit(CHAT, "history", {**LOBBY, "limit": PAGES}, ack_id=1)
        answer_on_its_way(slow, 1)
        for number in range(20):
            slow.socket.send(b"ping %d" % number, PING)
        slow.emit(CHAT, "members", LOBBY, ack_id=2)
        for _ in range(3):
            other.call(CHAT, "members", LOBBY)
        frames: list[tuple[int, bytes]] = []
        while len(frames) < 22:
            received = slow.socket.messages(SECONDS)
            frames += [item for item in received if not item[1].startswith(b"42/chat,")]
        opcodes = [opcode for opcode, _ in frames]
        assert opcodes == [TEXT, *[PONG] * 20, TEXT]
        pongs = [data for opcode, data in frames if opcode == PONG]
        assert pongs == [b"ping %d" % n for n in range(20)]
        page = json.loads(frames[0][1][len("43/chat,1") :])[0]["data"]
        assert [m["text"][:6] for m in page] == [f"{n:06}" for n in range(PAGES)]
        assert frames[-1][1].startswith(b"43/chat,2[")


def test_a_close_frame_is_answered_and_ends_the_connection(
    server: LiveServer, counted: tuple[int, int], client: WireClient
) -> None:
    client.socket.send((1000).to_bytes(2, "big") + b"bye", CLOSE)
    assert ended_by_close(client) == [1000]
    wait_for_cleanup(server, counted)


def test_a_close_packet_of_engine_io_ends_the_connection_too(
    server: LiveServer, counted: tuple[int, int], client: WireClient
) -> None:
    client.send("1")
    assert ended_by_close(client) == [1000]
    wait_for_cleanup(server, counted)


BROKEN = [
    (bytes([0xC1, 0x80]) + b"mask", 1002),
    (bytes([0x81, 0x01]) + b"unmasked"[:1], 1002),
    (bytes([0x83, 0x80]) + b"mask", 1002),
    (bytes([0x80, 0x80]) + b"mask", 1002),
    (frame(TEXT, b"\xff\xfe"), 1007),
    (bytes([0x82, 0xFF]) + (1 << 30).to_bytes(8, "big"), 1009),
]


@pytest.mark.parametrize(("data", "code"), BROKEN, ids=range(len(BROKEN)))
def test_a_protocol_violation_is_answered_by_its_close_code(
    server: LiveServer, counted: tuple[int, int], connect: Attack, data: bytes, code: int
) -> None:
    client = connect()
    client.connect(CHAT)
    client.socket.send_raw(data)
    assert ended_by_close(client) == [code]
    wait_for_cleanup(server, counted)


def reset(client: WireClient) -> None:
    client.abort()


def hang_up(client: WireClient) -> None:
    client.socket.close()


def half_close(client: WireClient) -> None:
    client.socket.sock.shutdown(socket.SHUT_WR)


def disconnect(client: WireClient) -> None:
    client.disconnect()
    client.socket.close()


@pytest.mark.parametrize("end", [reset, hang_up, half_close, disconnect])
def test_a_disconnected_client_leaves_nothing_behind(
    server: LiveServer, counted: tuple[int, int], connect: Attack, end
) -> None:
    clients = [connect() for _ in range(10)]
    for client in clients:
        client.connect(CHAT)
    assert connections(server) == counted[0] + 10
    for client in clients:
        end(client)
    wait_for_cleanup(server, counted)


def test_a_client_that_disconnects_during_a_large_response_leaves_nothing_behind(
    server: LiveServer, counted: tuple[int, int]
) -> None:
    for end in (reset, hang_up, half_close):
        client = joined(server, "away")
        client.emit(CHAT, "history", {**LOBBY, "limit": PAGES}, ack_id=1)
        answer_on_its_way(client, 1)
        end(client)
        wait_for_cleanup(server, counted)
        client.abort()


def test_a_client_without_a_namespace_leaves_nothing_behind(
    server: LiveServer, counted: tuple[int, int], connect: Attack
) -> None:
    for end in (reset, hang_up, half_close):
        client = connect()
        end(client)
    wait_for_cleanup(server, counted)


HANDSHAKE = "/socket.io/?EIO=4&transport=websocket"
KEY = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
VERSION = {"Sec-WebSocket-Version": "13"}


INVALID_HANDSHAKES = [
    ({}, 426),
    (KEY, 426),
    ({**KEY, "Sec-WebSocket-Version": "8"}, 426),
    (VERSION, 400),
    ({**VERSION, "Sec-WebSocket-Key": "c2hvcnQ="}, 400),
]


@pytest.mark.parametrize(
    ("headers", "status"), INVALID_HANDSHAKES, ids=range(len(INVALID_HANDSHAKES))
)
def test_an_invalid_handshake_is_refused_and_leaves_nothing_behind(
    server: LiveServer, counted: tuple[int, int], headers: dict[str, str], status: int
) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    reply = server.get(HANDSHAKE, headers={**upgrade, **headers})
    assert reply.status == status
    assert reply.headers["Sec-WebSocket-Version"] == ("13" if status == 426 else None)
    wait_for_cleanup(server, counted)


def test_the_response_of_the_handshake_has_the_accept_key(
    server: LiveServer, connect: Attack
) -> None:
    client = connect()
    assert client.socket.headers["upgrade"] == "websocket"
    with socket.create_connection((server.host, server.port)) as sock:
        lines = [f"GET {HANDSHAKE} HTTP/1.1", "Host: x", "Upgrade: websocket"]
        lines += ["Connection: Upgrade", *(f"{k}: {v}" for k, v in {**KEY, **VERSION}.items())]
        sock.sendall("\r\n".join([*lines, "", ""]).encode())
        response = b""
        while b"\r\n\r\n" not in response:
            response += sock.recv(1024)
    assert response.startswith(b"HTTP/1.1 101 ")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in response
