"""A write buffer on one end of a pair of sockets, in this process."""

import socket
from collections.abc import Callable, Iterator

import eventlet
import pytest

from me_api.transport.connection.flusher import Flusher
from me_api.transport.connection.write_buffer import WriteBuffer
from tests.support.wait import WAIT_SECONDS

LIMIT = 1000
SECONDS = WAIT_SECONDS
ROUNDS = 5


class CountingSocket:
    """A socket that records the size of each send."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sends: list[int] = []

    def fileno(self) -> int:
        return self.sock.fileno()

    def send(self, data: bytes) -> int:
        sent = 0
        try:
            sent = self.sock.send(data)
        finally:
            self.sends.append(sent)
        return sent


class Pair:
    """A write buffer on one end of a socket pair with small buffers, and a reader on the other."""

    def __init__(self, flusher: Flusher, limit: int) -> None:
        self.near, self.far = socket.socketpair()
        self.near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        for end in (self.near, self.far):
            end.setblocking(False)
        self.counted = CountingSocket(self.near)
        self.losses = 0
        self.write_buffer = WriteBuffer(self.counted, flusher, limit, self.lost)  # type: ignore[arg-type]
        self.received = b""

    def lost(self) -> None:
        self.losses += 1
        self.write_buffer.close()

    def read(self) -> None:
        try:
            self.received += self.far.recv(65_536)
        except BlockingIOError:
            return

    def read_all(self, size: int) -> bytes:
        """Read, turn by turn, until this many bytes have arrived."""

        def enough() -> bool:
            self.read()
            return len(self.received) >= size

        turn_until(enough)
        return self.received


def turn() -> None:
    """Run the event loop often enough for everything that is scheduled by now."""
    for _ in range(ROUNDS):
        eventlet.sleep(0)


def turn_until(done: Callable[[], bool]) -> None:
    """Run the event loop until the condition holds."""
    with eventlet.Timeout(SECONDS):
        while not done():
            eventlet.sleep(0)


MakePair = Callable[..., Pair]


@pytest.fixture
def make_pair() -> Iterator[MakePair]:
    """Make pairs whose write buffers share a flusher."""
    pairs: list[Pair] = []
    flusher = Flusher()

    def make(limit: int = LIMIT) -> Pair:
        pairs.append(Pair(flusher, limit))
        return pairs[-1]

    yield make
    for pair in pairs:
        pair.write_buffer.close()
        pair.near.close()
        pair.far.close()


@pytest.fixture
def pair(make_pair: MakePair) -> Pair:
    return make_pair()


@pytest.fixture
def stuck(make_pair: MakePair) -> Pair:
    """Make a pair whose kernel accepts nothing more, with one byte left in its write buffer."""
    made = make_pair()
    with pytest.raises(BlockingIOError):
        while True:
            made.near.send(b"." * 4096)
    assert made.write_buffer.write(b"a")
    turn()
    assert made.write_buffer.size == 1
    return made
