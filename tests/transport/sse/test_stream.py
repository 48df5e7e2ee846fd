"""A stream whose reader takes nothing more, in this process."""

import socket
from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from me_api.transport.connection.flusher import Flusher
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


@pytest.mark.parametrize("way", ["push", "take", "deliver"])
def test_over_the_bound_it_is_closed_as_slow_and_told_once(near: socket.socket, way: str) -> None:
    told: list[bool] = []
    seconds = {"ping_interval": 25, "ping_timeout": 20}
    engine = Mock(flusher=Flusher(), outbox_bytes=LIMIT, streams=set(), **seconds)
    stream = Stream(near, engine, told.append)
    send = getattr(stream, way)
    send(MOST)
    turn()
    assert (stream.closed, told, engine.streams) == (False, [], {stream})
    send(MOST)
    assert (stream.closed, told, engine.streams) == (True, [True], set())
    send(MOST)
    turn()
    assert told == [True]
