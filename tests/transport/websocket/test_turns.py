"""No connection keeps the hub from the others, however many messages it has sent (F21)."""

import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from me_api.transport.connection.registry import Registry
from me_api.transport.websocket.connection import MESSAGES_PER_TURN, WebSocketConnection
from me_api.transport.websocket.frames import CONTINUATION
from tests.support.frames import CLOSE, TEXT, frame
from tests.transport.socket_pairs import turn_until

MANY = 4000


class Owner:
    """Records the messages of a connection together with those of others."""

    reading_paused = False

    def __init__(self, name: str, record: list[str], seconds: float = 0) -> None:
        self.name, self.record, self.seconds = name, record, seconds
        self.lost = 0

    def message_received(self, data: str | bytes) -> None:
        self.record.append(f"{self.name}{data!s}")
        time.sleep(self.seconds)

    def connection_lost(self) -> None:
        self.lost += 1


Open = Callable[[Owner, bytes], tuple[WebSocketConnection, socket.socket]]


@pytest.fixture
def open_connection() -> Iterator[Open]:
    """Return a function that opens a connection on which bytes have been received already."""
    limits = {"ping_interval": 25, "ping_timeout": 20, "write_buffer_limit": 1000}
    registry = Registry(**limits, input_limit=1_000_000)
    made: list[tuple[WebSocketConnection, socket.socket]] = []

    def make(owner: Owner, data: bytes) -> tuple[WebSocketConnection, socket.socket]:
        near, far = socket.socketpair()
        near.setblocking(False)
        far.sendall(data)
        connection = WebSocketConnection(near, registry, 1_000_000)
        connection.start(owner)
        made.append((connection, far))
        return made[-1]

    yield make
    for connection, far in made:
        connection.abort()
        far.close()


def texts(count: int) -> bytes:
    return b"".join([frame(TEXT, b"%d" % number) for number in range(count)])


def test_the_others_come_between_the_messages_of_one(open_connection: Open) -> None:
    record: list[str] = []
    open_connection(Owner("a", record), texts(MANY))
    open_connection(Owner("b", record), texts(1))
    turn_until(lambda: len(record) == MANY + 1)
    assert record.index("b0") <= 2 * MESSAGES_PER_TURN
    record.remove("b0")
    assert record == [f"a{number}" for number in range(MANY)], "each once, and in order"


def test_the_others_come_between_the_fragments_of_one(open_connection: Open) -> None:
    """F21: two hundred connections that sent fragments of one byte held up all others."""
    record: list[str] = []
    parts = [frame(CONTINUATION, b"x", final=False) for _ in range(MANY)]
    fragments = frame(TEXT, b"", final=False) + b"".join(parts) + frame(CONTINUATION, b"")
    # Whichever of them the hub reads first.
    open_connection(Owner("b", record), texts(1))
    open_connection(Owner("a", record), fragments)
    open_connection(Owner("c", record), texts(1))
    turn_until(lambda: len(record) == 3)
    assert record[-1] == "a" + "x" * MANY


def test_slow_messages_are_interrupted_sooner(open_connection: Open) -> None:
    record: list[str] = []
    open_connection(Owner("a", record, seconds=0.01), texts(10))
    open_connection(Owner("b", record), texts(1))
    turn_until(lambda: len(record) == 11)
    assert record.index("b0") <= 2


def test_what_is_sent_before_the_end_is_received(open_connection: Open) -> None:
    for end in (b"", frame(CLOSE, struct.pack(">H", 1000)), b"\xff\xff"):
        record: list[str] = []
        owner = Owner("", record)
        _, far = open_connection(owner, texts(MANY) + end)
        far.shutdown(socket.SHUT_WR)
        turn_until(lambda owner=owner: owner.lost)
        assert record == [f"{number}" for number in range(MANY)], end


def test_a_close_frame_behind_many_messages_is_found(open_connection: Open) -> None:
    record: list[str] = []
    connection, far = open_connection(
        Owner("", record), texts(MANY) + frame(CLOSE, struct.pack(">H", 1000))
    )
    turn_until(lambda: record)
    connection.close()
    far.settimeout(0)
    received = bytearray()

    def ended() -> bool:
        with suppress(BlockingIOError):
            data = far.recv(1000)
            received.extend(data)
            return not data
        return False

    turn_until(ended)
    assert received == b"\x88\x02\x03\xe8", "our Close frame, and the end: theirs was read"
    assert len(record) < MANY
