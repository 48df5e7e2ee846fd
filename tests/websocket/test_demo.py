"""The echo, and the room that stores nothing."""

import os
import threading

import pytest

from tests.support.frames import BINARY, PING, PONG, TEXT, Cut, frame
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.transport.assertions import SECONDS
from tests.websocket.conftest import LARGEST, Connect


@pytest.mark.parametrize("message", ["hej", "", "å😀\0", b"", b"\xff\x00", "x" * 70_000])
def test_every_message_comes_back_as_it_is(connect: Connect, message: str | bytes) -> None:
    for client in (connect("/ws/echo"), connect("/ws"), connect("/ws", "echo-protocol")):
        client.send(message)
        assert client.wait(lambda came: True) == message


def test_messages_come_back_in_order(echo: NativeClient) -> None:
    words = [f"{number}" for number in range(2000)]
    echo.socket.send_raw(b"".join(frame(TEXT, word.encode()) for word in words))
    echo.wait(lambda came: came == words[-1])
    assert echo.messages == words


def test_16_mb_in_fragments_come_back(echo: NativeClient) -> None:
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
        for kind, came in echo.socket.messages(SECONDS):
            pongs += [came] if kind == PONG else []
            echo.messages += [came] if kind == BINARY else []
    sender.join(SECONDS)
    assert echo.messages == [data]
    assert pongs == [b"%d" % number for number in range(len(parts))]


def test_the_largest_message_comes_back(echo: NativeClient) -> None:
    echo.send(b"x" * LARGEST)
    assert echo.wait(lambda came: True, SECONDS) == b"x" * LARGEST


def test_who_does_not_read_is_not_read(make_server) -> None:
    """More is sent than kernels and outbox hold: it waits at its sender, and all comes back."""
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
    assert sender.is_alive(), "all of it was taken"
    while len(client.messages) < count:
        client.pump(SECONDS)
    sender.join(SECONDS)
    assert [int(message[:6]) for message in client.messages] == list(range(count))
    client.abort()


def test_others_hear_what_one_says_and_who_comes_and_goes(connect: Connect) -> None:
    first = connect("/ws/broadcast")
    second = connect("/ws", "broadcast-protocol")
    assert first.wait(lambda came: True) == "New client connected (2)."
    third = connect("/ws/broadcast", "broadcast-protocol")
    second.send("hej")
    second.send(b"\xff")
    first.wait(lambda came: came == b"\xff")
    first.send("hej själv")
    second.wait(lambda came: came == "hej själv")
    third.socket.close()
    first.wait(lambda came: came == "Client disconnected (2).")
    second.wait(lambda came: came == "Client disconnected (2).")
    third_joined, gone = "New client connected (3).", "Client disconnected (2)."
    assert first.messages[1:] == [third_joined, "hej", b"\xff", gone]
    assert second.messages == [third_joined, "hej själv", gone]


def test_too_many_broadcasts_are_an_error_and_nothing_more(make_server) -> None:
    server: LiveServer = make_server(rate_limits="on")
    one, other = NativeClient(server, "/ws/broadcast"), NativeClient(server, "/ws/broadcast")
    for number in range(40):
        one.send(f"{number}")
    one.wait(lambda came: came.startswith("Error: Too many"))
    other.wait(lambda came: came == "29")
    for client in (one, other):
        client.abort()


def test_who_does_not_answer_pings_is_ended(make_server) -> None:
    server: LiveServer = make_server(ping_interval=0.2, ping_timeout=1.5)
    with_pongs, without = NativeClient(server, "/ws/echo"), NativeClient(server, "/ws/echo")
    pings, codes = [], []
    with pytest.raises(Cut):
        while True:
            without.socket.answers_pings = False
            for kind, data in without.socket.messages(SECONDS):
                (pings if kind == PING else codes).append(data)
                if kind != PING:
                    without.socket.close()
            list(with_pongs.socket.messages(SECONDS))
    assert pings == [b""]
    assert codes == [b"\x03\xf0no pong"]
    with_pongs.send("still here")
    assert with_pongs.wait(lambda came: True) == "still here"
    with_pongs.abort()


def test_who_is_still_sending_one_large_message_is_not_ended(make_server) -> None:
    server: LiveServer = make_server(ping_interval=0.1, ping_timeout=1)
    client = NativeClient(server, "/ws/echo")
    client.socket.answers_pings = False
    data = frame(TEXT, b"x" * 70_000)
    pieces = [data[:-3], data[-3:-2], data[-2:-1], data[-1:]]
    for number, piece in enumerate(pieces):
        if number:
            assert next(client.socket.messages(SECONDS))[0] == PING, "three times, answered never"
        client.socket.send_raw(piece)
    assert client.wait(lambda came: True) == "x" * 70_000
    client.abort()
