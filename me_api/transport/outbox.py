"""What waits to be sent to one socket, and the flush that sends it.

Everything that goes to a socket within one turn of the loop leaves in one non-blocking `send`.
Every byte of a connection goes this way, so a PONG never stands inside a half-written frame.
"""

from __future__ import annotations

from collections.abc import Callable
from socket import socket as Socket

from eventlet import hubs
from eventlet.green.threading import Event

Stop = Callable[[], None]


class Ephemeral(bytes):
    """Bytes of an event that may be dropped when a client is slow."""


class Flusher:
    """Flushes every outbox that was written to, once a turn."""

    def __init__(self) -> None:
        self._dirty: list[Outbox] = []

    def add(self, outbox: Outbox) -> None:
        """Have an outbox flushed at the end of this turn."""
        if not self._dirty:
            hubs.get_hub().schedule_call_global(0, self.flush)
        self._dirty.append(outbox)

    def flush(self) -> None:
        """Send what waits everywhere."""
        dirty, self._dirty = self._dirty, []
        for outbox in dirty:
            outbox.flush()


class Outbox:
    """What waits to be sent to one socket, bounded in bytes."""

    __slots__ = (
        "_chunks",
        "_emptied",
        "_flusher",
        "_listener",
        "_lost",
        "_queued",
        "_sock",
        "limit",
        "size",
    )

    def __init__(self, sock: Socket, flusher: Flusher, limit: int, lost: Stop) -> None:
        self._sock = sock
        self._flusher = flusher
        self._lost = lost
        self._chunks: list[bytes] = []
        self._queued = False
        self._listener: object | None = None
        self._emptied: Event | None = None
        self.limit = limit
        self.size = 0

    def write(self, data: bytes) -> bool:
        """Queue bytes; False when that is over the bound. An empty outbox takes anything."""
        if self.size and self.size + len(data) > self.limit and not self._make_room(data):
            return isinstance(data, Ephemeral)
        self._chunks.append(data)
        self.size += len(data)
        if not self._queued:
            self._queued = True
            self._flusher.add(self)
        return True

    def flush(self) -> None:
        """Send as much as the kernel takes; the rest goes when the socket is writable again."""
        chunks = self._chunks
        if not chunks:
            self._queued = False
            return
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._lost()
            return
        self.size -= sent
        if sent == len(data):
            self._chunks = []
            self._queued = False
            self._stop_waiting()
            self._tell_emptied()
        else:
            self._keep(data, sent, chunks)

    def wait_empty(self) -> None:
        """Wait until nothing waits, or the outbox is closed."""
        while self.size:
            self._emptied = self._emptied or Event()
            self._emptied.wait()

    def close(self) -> None:
        """Forget what waits."""
        self._stop_waiting()
        self._tell_emptied()
        self._chunks = []
        self.size = 0
        # Marked as queued for ever: nothing is flushed any more.
        self._queued = True

    def _keep(self, data: bytes, sent: int, chunks: list[bytes]) -> None:
        """Keep what was not sent; a chunk begun has to be sent whole."""
        while sent >= len(chunks[0]):
            sent -= len(chunks.pop(0))
        if sent:
            chunks[0] = bytes(chunks[0][sent:])
        if self._listener is None:
            hub = hubs.get_hub()
            self._listener = hub.add(
                hub.WRITE, self._sock.fileno(), self._writable, self._thrown, self._closed
            )

    def _make_room(self, data: bytes) -> bool:
        """Drop ephemeral events; tell whether the data then fits."""
        kept = [chunk for chunk in self._chunks if not isinstance(chunk, Ephemeral)]
        self._chunks = kept
        self.size = sum(map(len, kept))
        return not self.size or self.size + len(data) <= self.limit

    def _tell_emptied(self) -> None:
        if self._emptied is not None:
            self._emptied.set()
            self._emptied = None

    def _stop_waiting(self) -> None:
        if self._listener is not None:
            hubs.get_hub().remove(self._listener)
            self._listener = None

    def _writable(self, _fileno: int) -> None:
        self.flush()

    def _thrown(self, *_error: object) -> None:
        self._lost()

    def _closed(self) -> None:
        self._listener = None
