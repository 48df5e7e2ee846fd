"""Redis' publish and subscribe, counted in the same way as the chat."""

from __future__ import annotations

import socket

from benchmarks.counter import MARK
from benchmarks.load import Load
from benchmarks.senders import FILLER

CHANNEL = b"lobby"
BODY = (
    '{"room":"lobby","id":4242,"rev":4242,"nick":"sender0","verified":false,"text":"^%d %s",'
    '"time":"2026-01-01T12:00:00.000Z","edited":null,"deleted":false}'
)
CHUNK = bytearray(1 << 18)


class Subscriber:
    """Counts the messages of the channel."""

    def __init__(self, load: Load, port: int) -> None:
        self.count = 0
        self.sock = _connect(port)
        self.sock.sendall(_command(b"SUBSCRIBE", CHANNEL))
        self.sock.recv(4096)
        self.sock.setblocking(False)
        load.watch(self.sock, self._read, urgent=False)

    def _read(self) -> None:
        size = self.sock.recv_into(CHUNK)
        assert size, "Redis has disconnected a subscriber"
        self.count += CHUNK.count(MARK, 0, size)


class PubSub:
    """A publisher that keeps messages in flight, and its subscribers."""

    def __init__(self, load: Load, port: int, subscribers: int) -> None:
        self.load = load
        self.subscribers = [Subscriber(load, port) for _ in range(subscribers)]
        self.sent = self.acked = self.in_flight = 0
        self.sock = _connect(port)
        self.sock.setblocking(False)
        load.watch(self.sock, self._read, urgent=True)

    @property
    def delivered(self) -> int:
        """Count the messages that arrived anywhere."""
        return sum(subscriber.count for subscriber in self.subscribers)

    def send(self, in_flight: int) -> None:
        """Keep so many messages in flight."""
        self.in_flight = in_flight
        self._refill()

    def settle(self) -> None:
        """Stop, wait for all that is on its way, and check that everybody has all of it."""
        self.in_flight = 0
        self.load.run_until(lambda: self.acked == self.sent, 30, "all published")
        everybody = self.subscribers
        self.load.run_until(
            lambda: all(s.count == self.sent for s in everybody), 30, "everybody has every message"
        )

    def _read(self) -> None:
        self.acked += self.sock.recv(65_536).count(b":")
        self._refill()

    def _refill(self) -> None:
        batch = []
        while self.sent - self.acked < self.in_flight:
            self.sent += 1
            batch.append(_command(b"PUBLISH", CHANNEL, (BODY % (self.sent, FILLER)).encode()))
        if batch:
            self.sock.send(b"".join(batch))


def _connect(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _command(*words: bytes) -> bytes:
    parts = [b"*%d\r\n" % len(words)]
    parts += [b"$%d\r\n%s\r\n" % (len(word), word) for word in words]
    return b"".join(parts)
