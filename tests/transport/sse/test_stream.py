"""A stream whose reader takes nothing more, in this process."""

import socket
from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from me_api.transport.connection.flusher import Flusher
from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.sse.stream import Stream
from tests.transport.socket_pairs import LIMIT, turn

MOST = b"x" * (LIMIT - 100)


@pytest.fixture(autouse=True)
def nothing_unexpected() -> None:
    """Need no server."""


class Local(socket.socket):
    """A socket that stays within this machine, and has no options of TCP."""

    def setsockopt(self, *_: object) -> None:
        """Do nothing."""


@pytest.fixture
def near() -> Iterator[socket.socket]:
    """Connect a reader, whose kernel takes nothing more."""
    end, far = socket.socketpair()
    with far, Local(fileno=end.detach()) as made:
        made.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                made.send(b"." * 4096)
        yield made


@pytest.mark.parametrize("way", ["push", "enqueue", "send_now"])
def test_over_the_bound_it_is_closed_as_slow_and_told_once(near: socket.socket, way: str) -> None:
    told: list[bool] = []
    seconds = {"ping_interval": 25, "ping_timeout": 20}
    registry = Mock(flusher=Flusher(), write_buffer_limit=LIMIT, streams=set(), **seconds)
    stream = Stream(near, registry, told.append)
    send = getattr(stream, way)
    send(PreparedMessage(MOST))
    turn()
    assert (stream.closed, told, registry.streams) == (False, [], {stream})
    send(PreparedMessage(MOST))
    assert (stream.closed, told, registry.streams) == (True, [True], set())
    send(PreparedMessage(MOST))
    turn()
    assert told == [True]
