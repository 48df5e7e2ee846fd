"""A stream whose client reads nothing more, in this process."""

import socket
from collections.abc import Callable, Iterator
from unittest.mock import Mock

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from me_api.auth.identity import ANONYMOUS
from me_api.realtime.sse import EventStreams
from me_api.realtime.sse_subscriber import SseSubscriber
from me_api.transport.connection.flusher import Flusher
from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.sse.stream import Stream
from tests.transport.socket_pairs import LIMIT, turn

MOST = b"x" * (LIMIT - 100)


class Local(socket.socket):
    """A Unix socket that accepts the TCP options of a stream."""

    def setsockopt(self, *_: object) -> None:
        """Ignore the option, which a Unix socket does not have."""


@pytest.fixture
def near() -> Iterator[socket.socket]:
    """Connect a client whose kernel accepts nothing more."""
    end, far = socket.socketpair()
    with far, Local(fileno=end.detach()) as made:
        made.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                made.send(b"." * 4096)
        yield made


def make_registry() -> Mock:
    seconds = {"ping_interval": 25, "ping_timeout": 20}
    return Mock(flusher=Flusher(), write_buffer_limit=LIMIT, streams=set(), **seconds)


@pytest.mark.parametrize("way", ["push", "enqueue", "send_now"])
def test_over_the_bound_it_is_closed_as_slow_once(near: socket.socket, way: str) -> None:
    closes: list[bool] = []
    registry = make_registry()
    stream = Stream(near, registry, closes.append)
    send = getattr(stream, way)
    send(PreparedMessage(MOST))
    turn()
    assert (stream.closed, closes, registry.streams) == (False, [], {stream})
    send(PreparedMessage(MOST))
    assert (stream.closed, closes, registry.streams) == (True, [True], set())
    send(PreparedMessage(MOST))
    turn()
    assert closes == [True]


def test_if_reading_fails_within_the_turn_what_was_pushed_is_sent() -> None:
    """PostgreSQL may have answered before the end of the turn, at which the head is sent."""
    log, registry = Mock(), make_registry()
    log.tail.start.side_effect = OperationalError("", None, Exception("the disk is gone"))
    app = Flask(__name__)
    mocks = {name: Mock() for name in ("loop", "metrics", "token_watch", "holders")}
    app.extensions |= {"log": log, **mocks}
    end, far = socket.socketpair()
    with far, Local(fileno=end.detach()) as made:
        made.setblocking(False)
        stream = Stream(made, registry, Mock())
        stream.push(PreparedMessage(b"head"))
        streams = EventStreams(app, registry, {})
        sink = SseSubscriber(streams._channel, ANONYMOUS, (), stream)
        streams._subscribe(Mock(live=False), sink)
        assert stream.closed
        assert far.recv(100) + far.recv(100) == b"head"


def close_by_the_keepalive(stream: Stream) -> None:
    stream.ping_timed_out()


def close_by_the_hub(stream: Stream) -> None:
    stream.connection_lost(OSError("the socket cannot be polled"))


@pytest.mark.parametrize("close", [close_by_the_keepalive, close_by_the_hub])
def test_a_stream_that_is_lost_is_closed_once_and_not_as_slow(
    near: socket.socket, close: Callable[[Stream], None], capsys: pytest.CaptureFixture[str]
) -> None:
    closes: list[bool] = []
    registry = make_registry()
    stream = Stream(near, registry, closes.append)
    close(stream)
    close(stream)
    turn()  # In which reading would have been started.
    assert (stream.closed, closes, registry.streams) == (True, [False], set())
    assert capsys.readouterr().err == "", "the hub prints errors"
