"""The closing handshake, RFC 6455 section 7, from either side."""

import signal
import socket

import pytest

from tests.support.frames import CLOSE, TEXT, Cut, frame
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient
from tests.transport.observe import sockets_of

SECONDS = 20
BIG = 4_000_000
"""Bytes; more than kernels take for one that does not read."""


def read_out(client: NativeClient) -> None:
    """Read to the end, without a word of one's own."""
    with pytest.raises(Cut, match="closed by the server"):
        while True:
            client.pump(SECONDS)


@pytest.mark.parametrize("said", [b"", b"\x03\xe8", b"\x03\xe9going", b"\x0f\xa0", b"\x13\x87x"])
def test_a_close_is_answered_with_its_code(echo: NativeClient, said: bytes) -> None:
    echo.socket.send(said, CLOSE)
    read_out(echo)
    assert echo.closing == said[:2]


def test_what_was_said_before_comes_before_it_and_nothing_after(echo: NativeClient) -> None:
    words = [f"word {number}" for number in range(100)]
    said = b"".join(frame(TEXT, word.encode()) for word in words)
    after = frame(TEXT, b"too late") + b"\xff\xff no frame at all"
    echo.socket.send_raw(said + frame(CLOSE, b"\x03\xe8") + after)
    echo.socket.send_raw(after)
    read_out(echo)
    assert echo.messages == words
    assert echo.code == 1000


def test_much_that_was_said_before_leaves_first(echo: NativeClient) -> None:
    echo.socket.send(b"x" * BIG)
    echo.socket.send(b"\x03\xe8", CLOSE)
    read_out(echo)
    assert echo.messages == [b"x" * BIG]
    assert echo.code == 1000


def test_it_may_close_its_half_at_once(echo: NativeClient) -> None:
    echo.socket.send(b"x" * BIG)
    echo.socket.send(b"\x03\xe8", CLOSE)
    echo.socket.sock.shutdown(socket.SHUT_WR)
    read_out(echo)
    assert echo.messages == [b"x" * BIG]
    assert echo.code == 1000


def test_after_a_fault_the_sending_half_is_closed_and_what_comes_is_ignored(
    echo: NativeClient,
) -> None:
    sock = echo.socket.sock
    echo.socket.send_raw(b"\xff" * 10)
    came = b""
    while data := sock.recv(1000):
        came += data
    assert came[2:4] == b"\x03\xea"
    for _ in range(5):  # A connection of which both halves are closed would be reset by this.
        echo.socket.send_raw(frame(TEXT, b"hej"))


@pytest.fixture
def impatient(make_server) -> LiveServer:
    """Start a server that does not wait long."""
    return make_server(entry="quick_close")


@pytest.mark.parametrize("reads", [True, False])
def test_who_does_not_close_is_closed_after_a_while(impatient: LiveServer, reads: bool) -> None:
    before = sockets_of(impatient)
    client = NativeClient(impatient, "/ws/echo")
    if not reads:
        client.socket.send(b"x" * 900_000)
        client.socket.send(b"x" * 900_000)
    client.socket.send_raw(b"\xff\xff")
    wait_until(lambda: sockets_of(impatient) <= before, SECONDS, "the end")
    client.abort()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_stops_says_that_it_goes_away(make_server, number: int) -> None:
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
            found = list(stock.socket.messages(SECONDS))
            codes += [data for kind, data in found if kind == CLOSE]
    assert codes == [b"\x03\xe9"]
    assert server.wait() == 0
    assert "Traceback" not in server.log


def test_a_stock_client_s_close_is_answered_with_its_code(server: LiveServer) -> None:
    with WireClient(server.host, server.port) as client:
        client.connect()
        client.wait_event("ready")
        client.socket.send(b"\x0f\xa1bye", CLOSE)
        found = []
        with pytest.raises(Cut, match="closed by the server"):
            while True:
                found += client.socket.messages(SECONDS)
        assert found[-1] == (CLOSE, b"\x0f\xa1")


@pytest.mark.parametrize("end", ["abort", "close"])
def test_who_just_goes_is_forgotten(make_server, end: str) -> None:
    server: LiveServer = make_server()
    before = sockets_of(server)
    paths = ("/ws/echo", "/ws/broadcast", "/ws/chat") * 5
    clients = [NativeClient(server, path) for path in paths]
    assert sockets_of(server) >= len(clients)
    for client in clients:
        getattr(client.socket, end)()
    wait_until(lambda: sockets_of(server) <= before, SECONDS, "all being forgotten")
