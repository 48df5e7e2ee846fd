"""The closing handshake (RFC 6455, section 7), started by either side."""

import signal
import socket

import pytest

from tests.support.frames import CLOSE, TEXT, Cut, frame
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until
from tests.support.wire import WireClient
from tests.transport.assertions import sockets_of

SECONDS = WAIT_SECONDS
BIG = 4_000_000
"""Bytes; more than the kernel buffers for a client that does not read."""


def read_to_end(client: NativeClient) -> None:
    """Read until the server has closed the connection, without sending a Close frame."""
    with pytest.raises(Cut, match="closed by the server"):
        while True:
            client.pump(SECONDS)


@pytest.mark.parametrize("payload", [b"", b"\x03\xe8", b"\x03\xe9going", b"\x0f\xa0", b"\x13\x87x"])
def test_a_close_frame_is_answered_with_its_code(echo: NativeClient, payload: bytes) -> None:
    echo.socket.send(payload, CLOSE)
    read_to_end(echo)
    assert echo.closing == payload[:2]


def test_messages_before_a_close_frame_are_processed_and_none_after_it(echo: NativeClient) -> None:
    words = [f"word {number}" for number in range(100)]
    before = b"".join(frame(TEXT, word.encode()) for word in words)
    after = frame(TEXT, b"too late") + b"\xff\xff no frame at all"
    echo.socket.send_raw(before + frame(CLOSE, b"\x03\xe8") + after)
    echo.socket.send_raw(after)
    read_to_end(echo)
    assert echo.messages == words
    assert echo.code == 1000


def test_a_large_response_is_sent_before_the_close_frame(echo: NativeClient) -> None:
    echo.socket.send(b"x" * BIG)
    echo.socket.send(b"\x03\xe8", CLOSE)
    read_to_end(echo)
    assert echo.messages == [b"x" * BIG]
    assert echo.code == 1000


def test_a_client_may_shut_down_its_sending_side_at_once(echo: NativeClient) -> None:
    echo.socket.send(b"x" * BIG)
    echo.socket.send(b"\x03\xe8", CLOSE)
    echo.socket.sock.shutdown(socket.SHUT_WR)
    read_to_end(echo)
    assert echo.messages == [b"x" * BIG]
    assert echo.code == 1000


def test_after_a_violation_only_writing_is_shut_down_and_data_is_discarded(
    echo: NativeClient,
) -> None:
    sock = echo.socket.sock
    echo.socket.send_raw(b"\xff" * 10)
    received = b""
    while data := sock.recv(1000):
        received += data
    assert received[2:4] == b"\x03\xea"
    # This would cause a reset if the server had closed both directions.
    for _ in range(5):
        echo.socket.send_raw(frame(TEXT, b"hej"))


@pytest.fixture
def quick_server(make_server) -> LiveServer:
    """Start a server that waits half a second for the closing handshake."""
    return make_server(entry="quick_close")


@pytest.mark.parametrize("reads", [True, False])
def test_a_client_that_does_not_close_is_disconnected_after_a_timeout(
    quick_server: LiveServer, reads: bool
) -> None:
    before = sockets_of(quick_server)
    client = NativeClient(quick_server, "/ws/echo")
    if not reads:
        client.socket.send(b"x" * 900_000)
        client.socket.send(b"x" * 900_000)
    client.socket.send_raw(b"\xff\xff")
    wait_until(lambda: sockets_of(quick_server) <= before, SECONDS, "the end")
    client.abort()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_shutdown_closes_connections_as_going_away(make_server, number: int) -> None:
    server: LiveServer = make_server()
    paths = [("/ws", None), ("/ws/broadcast", None), ("/ws/chat?nick=a", "json")]
    clients = [NativeClient(server, *path) for path in [*paths, ("/ws/chat?nick=b", "text")]]
    stock = WireClient(server.host, server.port)
    stock.connect()
    stock.wait_event("ready")
    assert server.process is not None
    server.process.send_signal(number)
    assert [client.ended() for client in clients] == [1001] * 4
    codes = []
    with pytest.raises(Cut):
        while True:
            frames = list(stock.socket.messages(SECONDS))
            codes += [data for opcode, data in frames if opcode == CLOSE]
    assert codes == [b"\x03\xe9"]
    assert server.wait() == 0
    assert "Traceback" not in server.log


def test_a_close_frame_of_socket_io_is_answered_with_its_code(server: LiveServer) -> None:
    with WireClient(server.host, server.port) as client:
        client.connect()
        client.wait_event("ready")
        client.socket.send(b"\x0f\xa1bye", CLOSE)
        frames = []
        with pytest.raises(Cut, match="closed by the server"):
            while True:
                frames += client.socket.messages(SECONDS)
        assert frames[-1] == (CLOSE, b"\x0f\xa1")


@pytest.mark.parametrize("end", ["abort", "close"])
def test_a_client_that_disconnects_without_a_handshake_leaves_nothing_behind(
    make_server, end: str
) -> None:
    server: LiveServer = make_server()
    before = sockets_of(server)
    paths = ("/ws/echo", "/ws/broadcast", "/ws/chat") * 5
    clients = [NativeClient(server, path) for path in paths]
    assert sockets_of(server) >= len(clients)
    for client in clients:
        getattr(client.socket, end)()
    wait_until(lambda: sockets_of(server) <= before, SECONDS, "all sockets being closed")
