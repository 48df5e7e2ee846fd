"""Count the messages of a listener without parsing them: one scan in C of each received chunk.

The text of a message contains exactly one marker (`^`), and nothing else that a listener receives
contains any. So the number of markers is the number of messages, wherever the stream is cut into
chunks. A native client receives the text three times in each message.
"""

from __future__ import annotations

from time import perf_counter

from benchmarks import wire
from benchmarks.client import Client
from benchmarks.connection import CHUNK

MARKER = ord("^")
PING = b"\x81\x012"
"""A frame with the ping of Engine.IO, `2`."""
PONG = wire.frame(b"3")


class MessageCounter:
    """Replaces the reader of a client that has joined, and counts the messages it receives."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._markers = client.buffer.count(MARKER)
        self.arrivals: list[tuple[float, bytes]] | None = None
        self.lost = False
        self._partial_ping = b""
        self._engineio_pings = client.engineio_pings
        client.on_disconnect = self._disconnected
        assert client.sock is not None
        self._receive = client.sock.recv_into
        client.loop.replace_reader(client.sock, self.read)

    @property
    def count(self) -> int:
        """The number of messages received."""
        return self._markers // self.client.markers_per_message

    def record_arrivals(self) -> None:
        """Store what is received from now on in `arrivals`, each chunk with its time."""
        self.arrivals = []

    def read(self) -> None:
        """Read once, and count the markers in the chunk."""
        try:
            size = self._receive(CHUNK)
        except OSError:
            size = 0
        if not size:
            # The client reads again, closes the socket at its end, and calls `on_disconnect`.
            self.client.receive()
            return
        if self.arrivals is not None:
            self.arrivals.append((perf_counter(), bytes(memoryview(CHUNK)[:size])))
        self._markers += CHUNK.count(MARKER, 0, size)
        if not self._engineio_pings:
            return
        # The second byte of a ping is 1. A message contains this byte only if it is 256 bytes or
        # longer (in its length), so this search mostly finds nothing. A ping may also be cut in two
        # by the end of a chunk.
        if CHUNK.find(1, 0, size) >= 0 or CHUNK[size - 1] == 0x81 or self._partial_ping:
            self._answer_pings(size)

    def _answer_pings(self, size: int) -> None:
        data = self._partial_ping + CHUNK[:size]
        for _ in range(data.count(PING)):
            self.client.send(PONG)
        cut = next((n for n in (2, 1) if data.endswith(PING[:n])), 0)
        self._partial_ping = data[-cut:] if cut else b""

    def _disconnected(self, client: Client) -> None:
        self.lost = True
