"""Reading from a socket in the hub's callbacks, whatever happens to it."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from eventlet import hubs

from me_api.transport.connection.socket_reader import SocketReader
from tests.transport.socket_pairs import turn_until


class Reader(SocketReader):
    """Records what happens; `memory` says whether there is room for data."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self.events: list[Any] = []
        self.memory = True

    def data_received(self, data: bytes) -> None:
        if not self.memory:
            raise MemoryError
        self.events.append(data)

    def eof_received(self) -> None:
        self.events.append("eof")
        self.stop_reading()

    def connection_lost(self, *_error: object) -> None:
        self.events.append("lost")
        self.stop_reading()


@pytest.fixture
def pair() -> Iterator[tuple[Reader, socket.socket]]:
    near, far = socket.socketpair()
    near.setblocking(False)
    reader = Reader(near)
    reader.start_reading()
    yield reader, far
    reader.stop_reading()
    near.close()
    far.close()


def test_data_and_the_end_of_the_stream(pair: tuple[Reader, socket.socket]) -> None:
    reader, far = pair
    far.send(b"a")
    turn_until(lambda: bool(reader.events))
    far.close()
    turn_until(lambda: reader.events == [b"a", "eof"])


def test_a_socket_that_only_seemed_readable_is_read_later(
    pair: tuple[Reader, socket.socket],
) -> None:
    reader, far = pair
    reader._readable(0)
    assert reader.events == []
    far.send(b"a")
    turn_until(lambda: reader.events == [b"a"])


def test_without_memory_the_connection_is_lost(pair: tuple[Reader, socket.socket]) -> None:
    reader, far = pair
    reader.memory = False
    far.send(b"a")
    turn_until(lambda: reader.events == ["lost"])


def test_another_listener_may_take_over_the_file(pair: tuple[Reader, socket.socket]) -> None:
    """The kernel gives its number to the next file once the socket was closed elsewhere."""
    reader, _ = pair
    hubs.get_hub().mark_as_reopened(reader._sock.fileno())
    assert reader._listener is None
    reader.stop_reading()  # Nothing of the other's is removed.
