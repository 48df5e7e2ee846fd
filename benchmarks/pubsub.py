"""Publish and subscribe with Redis, measured in the same way as the chat."""

from __future__ import annotations

import socket

from benchmarks.counter import MARKER
from benchmarks.load import EventLoop
from benchmarks.senders import FILLER

CHANNEL = b"lobby"
MESSAGE = (
    '{"room":"lobby","id":4242,"rev":4242,"nick":"sender0","verified":false,"text":"^%d %s",'
    '"time":"2026-01-01T12:00:00.000Z","edited":null,"deleted":false}'
)
"""The payload of a message as me-api sends it; number and text are filled in."""
CHUNK = bytearray(1 << 18)


class Subscriber:
    """A connection that subscribes to the channel and counts the messages it receives."""

    def __init__(self, loop: EventLoop, port: int) -> None:
        self.count = 0
        self.sock = _connect(port)
        self.sock.sendall(_command(b"SUBSCRIBE", CHANNEL))
        # The reply to SUBSCRIBE, or a first block of frames from the frame generator.
        self.sock.recv(4096)
        self.sock.setblocking(False)
        loop.add_reader(self.sock, self._read, urgent=False)

    def _read(self) -> None:
        size = self.sock.recv_into(CHUNK)
        assert size, "Redis has disconnected a subscriber"
        self.count += CHUNK.count(MARKER, 0, size)


class PubSub:
    """A publisher that keeps messages in flight, and its subscribers.

    Has the methods of `ClientGroup` that the fan-out scenario uses.
    """

    def __init__(self, loop: EventLoop, port: int, subscribers: int) -> None:
        self.loop = loop
        self.subscribers = [Subscriber(loop, port) for _ in range(subscribers)]
        self.sent = self.acked = self.in_flight = 0
        self.sock = _connect(port)
        self.sock.setblocking(False)
        loop.add_reader(self.sock, self._read, urgent=True)

    @property
    def delivered(self) -> int:
        """The number of messages received, summed over all subscribers."""
        return sum(subscriber.count for subscriber in self.subscribers)

    def start(self, in_flight: int) -> None:
        """Start to publish, with this many messages in flight."""
        self.in_flight = in_flight
        self._refill()

    def stop_and_verify(self) -> None:
        """Stop publishing, wait for the replies, and until each subscriber has every message."""
        self.in_flight = 0
        self.loop.run_until(lambda: self.acked == self.sent, 30, "all published")
        self.loop.run_until(
            lambda: all(subscriber.count == self.sent for subscriber in self.subscribers),
            30,
            "every subscriber has every message",
        )

    def _read(self) -> None:
        # Redis replies to each PUBLISH with an integer, which begins with a colon.
        self.acked += self.sock.recv(65_536).count(b":")
        self._refill()

    def _refill(self) -> None:
        commands = []
        while self.sent - self.acked < self.in_flight:
            self.sent += 1
            message = (MESSAGE % (self.sent, FILLER)).encode()
            commands.append(_command(b"PUBLISH", CHANNEL, message))
        if commands:
            self.sock.send(b"".join(commands))


def _connect(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _command(*words: bytes) -> bytes:
    """Encode a command in the protocol of Redis (RESP): an array of bulk strings."""
    parts = [b"*%d\r\n" % len(words)]
    parts += [b"$%d\r\n%s\r\n" % (len(word), word) for word in words]
    return b"".join(parts)
