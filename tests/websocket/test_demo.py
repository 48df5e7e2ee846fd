"""The echo and the broadcast of the course, which store nothing."""

import os
import select
import threading
from contextlib import closing

import pytest

from tests.support.frames import BINARY, CLOSE, PING, PONG, TEXT, frame
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.transport.assertions import SECONDS
from tests.websocket.conftest import LARGEST, Connect


@pytest.mark.parametrize("message", ["hej", "", "å😀\0", b"", b"\xff\x00", "x" * 70_000])
def test_a_message_is_echoed_unchanged(connect: Connect, message: str | bytes) -> None:
    for client in (connect("/ws/echo"), connect("/ws"), connect("/ws", "echo-protocol")):
        client.send(message)
        assert client.wait(lambda _: True) == message


def test_messages_are_echoed_in_order(echo: NativeClient) -> None:
    words = [f"{number}" for number in range(2000)]
    echo.socket.send_raw(b"".join(frame(TEXT, word.encode()) for word in words))
    echo.wait(lambda message: message == words[-1])
    assert echo.messages == words


def test_16_mb_in_fragments_are_echoed(echo: NativeClient) -> None:
    data = os.urandom(16_000_000)
    size = 1_000_003
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    last = len(parts) - 1

    def send() -> None:
        for number, part in enumerate(parts):
            opcode = 0 if number else BINARY
            echo.socket.send_raw(frame(opcode, part, final=number == last))
            echo.socket.send_raw(frame(PING, b"%d" % number))

    sender = threading.Thread(target=send)
    sender.start()
    pongs = []
    while not echo.messages:
        for opcode, payload in echo.socket.messages(SECONDS):
            pongs += [payload] if opcode == PONG else []
            echo.messages += [payload] if opcode == BINARY else []
    sender.join(SECONDS)
    assert echo.messages == [data]
    assert pongs == [b"%d" % number for number in range(len(parts))]


def test_the_largest_message_is_echoed(echo: NativeClient) -> None:
    echo.send(b"x" * LARGEST)
    assert echo.wait(lambda _: True, SECONDS) == b"x" * LARGEST


def test_a_client_that_does_not_read_is_not_read_from(make_server) -> None:
    """More is sent than kernel and write buffer hold: the sender blocks, and nothing is lost."""
    server: LiveServer = make_server(outbox_bytes=100_000)
    client = NativeClient(server, "/ws/echo")
    count = 400

    def send() -> None:
        for number in range(count):
            size = 20_000 + number % 4 * 60_000
            client.send(f"{number:06}".encode().ljust(size, b"."))

    sender = threading.Thread(target=send)
    sender.start()
    sender.join(1)
    assert sender.is_alive(), "the server has read everything"
    while len(client.messages) < count:
        client.pump(SECONDS)
    sender.join(SECONDS)
    assert [int(message[:6]) for message in client.messages] == list(range(count))
    client.abort()


def test_messages_joins_and_leaves_are_broadcast_to_the_others(connect: Connect) -> None:
    first = connect("/ws/broadcast")
    second = connect("/ws", "broadcast-protocol")
    assert first.wait(lambda _: True) == "New client connected (2)."
    third = connect("/ws/broadcast", "broadcast-protocol")
    second.send("hej")
    second.send(b"\xff")
    first.wait(lambda message: message == b"\xff")
    first.send("hej själv")
    second.wait(lambda message: message == "hej själv")
    third.socket.close()
    joined, left = "New client connected (3).", "Client disconnected (2)."
    first.wait(lambda message: message == left)
    second.wait(lambda message: message == left)
    assert first.messages[1:] == [joined, "hej", b"\xff", left]
    assert second.messages == [joined, "hej själv", left]


def test_broadcasts_over_the_rate_limit_are_errors_and_the_connection_stays_open(
    make_server,
) -> None:
    server: LiveServer = make_server(rate_limits="on")
    one, other = NativeClient(server, "/ws/broadcast"), NativeClient(server, "/ws/broadcast")
    for number in range(40):
        one.send(f"{number}")
    one.wait(lambda message: message.startswith("Error: Too many"))
    other.wait(lambda message: message == "29")
    for client in (one, other):
        client.abort()


def test_a_client_without_pongs_is_disconnected(make_server) -> None:
    server: LiveServer = make_server(ping_interval=0.2, ping_timeout=5)
    with (
        closing(NativeClient(server, "/ws/echo").socket) as without,
        closing(NativeClient(server, "/ws/echo").socket) as with_pongs,
    ):
        without.answers_pings = False
        received: list[tuple[int, bytes]] = []
        while not received or received[-1][0] == PING:
            readable, _, _ = select.select([without.sock, with_pongs.sock], [], [], SECONDS)
            assert readable
            if with_pongs.sock in readable:
                assert list(with_pongs.messages(SECONDS)) == []
            if without.sock in readable:
                received += without.messages(SECONDS)
        assert received == [(PING, b""), (CLOSE, b"\x03\xf0no pong")]
        with_pongs.send("still here")
        while not (messages := list(with_pongs.messages(SECONDS))):
            pass
        assert messages == [(TEXT, b"still here")]


def test_a_client_that_is_still_sending_a_message_is_not_disconnected(make_server) -> None:
    server: LiveServer = make_server(ping_interval=0.1, ping_timeout=4)
    client = NativeClient(server, "/ws/echo")
    client.socket.answers_pings = False
    data = frame(TEXT, b"x" * 70_000)
    pieces = [data[:-3], data[-3:-2], data[-2:-1], data[-1:]]
    for number, piece in enumerate(pieces):
        if number:
            assert next(client.socket.messages(SECONDS))[0] == PING, (
                "pinged three times, without a pong"
            )
        client.socket.send_raw(piece)
    assert client.wait(lambda _: True) == "x" * 70_000
    client.abort()
