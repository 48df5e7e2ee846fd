"""Listeners that are only counted, as fast as Python can: one C scan of what arrived, no parsing.

Each text holds exactly one `^`, and nothing else that a listener gets holds any, so the number of
these bytes is the number of messages, however the stream is cut into reads; a native client gets
each text twice in a message.
"""

from __future__ import annotations

from time import perf_counter

from benchmarks import wire
from benchmarks.client import Client
from benchmarks.connection import CHUNK

MARK = ord("^")
PING = b"\x81\x012"
PONG = wire.frame(b"3")


class Counter:
    """Takes over a client that has joined, and counts the messages that it gets."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._seen = client.buffer.count(MARK)
        self.stamps: list[tuple[float, bytes]] | None = None
        self.lost = False
        self._tail = b""
        self._pinged = client.pinged
        client.on_lost = self._lose
        assert client.sock is not None
        self._receive = client.sock.recv_into
        client.load.redirect(client.sock, self.read)

    @property
    def count(self) -> int:
        """Tell how many messages have come."""
        return self._seen // self.client.marks

    def keep_stamps(self) -> None:
        """Keep what arrives from now on, with the time; for paced loads."""
        self.stamps = []

    def read(self) -> None:
        """Read once and count."""
        try:
            size = self._receive(CHUNK)
        except OSError:
            size = 0
        if not size:  # what it means is found out, and told, by the client
            self.client.receive()
            return
        if self.stamps is not None:
            self.stamps.append((perf_counter(), bytes(memoryview(CHUNK)[:size])))
        self._seen += CHUNK.count(MARK, 0, size)
        if not self._pinged:
            return
        # A ping's second byte is in no message of under 256 bytes: mostly this finds nothing.
        if CHUNK.find(1, 0, size) >= 0 or CHUNK[size - 1] == 0x81 or self._tail:
            self._answer_pings(size)

    def _answer_pings(self, size: int) -> None:
        data = self._tail + CHUNK[:size]
        for _ in range(data.count(PING)):
            self.client.send(PONG)
        cut = next((n for n in (2, 1) if data.endswith(PING[:n])), 0)
        self._tail = data[-cut:] if cut else b""

    def _lose(self, client: Client) -> None:
        self.lost = True
