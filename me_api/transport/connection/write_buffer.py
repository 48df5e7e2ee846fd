"""What waits to be sent to one socket.

Everything that goes to a socket within one turn of the loop leaves in one non-blocking `send`.
Every byte of a connection goes this way, so a PONG never stands inside a half-written frame.
"""

from __future__ import annotations

from collections.abc import Callable
from socket import socket as Socket

from eventlet import hubs
from eventlet.green.threading import Event

from me_api.transport.connection.flusher import Flusher
from me_api.transport.connection.prepared_message import Droppable

Callback = Callable[[], None]


class WriteBuffer:
    """What waits to be sent to one socket, bounded in bytes."""

    __slots__ = (
        "_chunks",
        "_drained",
        "_flusher",
        "_listener",
        "_on_closed",
        "_on_lost",
        "_partly_sent",
        "_sock",
        "closed",
        "limit",
        "queued",
        "size",
    )

    def __init__(self, sock: Socket, flusher: Flusher, limit: int, lost: Callback) -> None:
        self._sock = sock
        self._flusher = flusher
        self._on_lost = lost
        self._chunks: list[bytes] = []
        self._listener: object | None = None
        self._drained: Event | None = None
        self._partly_sent = False
        self._on_closed: Callback | None = None
        self.closed = False
        self.limit = limit
        self.queued = False
        self.size = 0

    def write(self, data: bytes, *, urgent: bool = False, bounded: bool = True) -> bool:
        """Queue bytes, to leave when the turn is over; False when that is over the bound.

        Urgent ones, and with them all that waits here, leave before what waits elsewhere. Those of
        which a client gets no more than it asks for need no bound.
        """
        if not self.append(data, bounded=bounded):
            return False
        if self._listener is not None:
            pass  # It goes on when the socket is writable; until then each try would copy it all.
        elif urgent:
            self._flusher.prioritize(self)
        elif not self.queued:
            self.queued = True
            self._flusher.add(self)
        return True

    def append(self, data: bytes, *, bounded: bool = True) -> bool:
        """Queue bytes for the next flush; False when that is over the bound.

        An empty outbox takes anything; what may be dropped is, rather than to be over the bound.
        What was written in this turn is tried first: that it is much makes nobody slow.
        """
        if bounded and self._exceeds_limit(data):
            self.flush()
            if self._exceeds_limit(data) and not self._make_room(data):
                return isinstance(data, Droppable)
        if not self.closed:
            self._chunks.append(data)
            self.size += len(data)
        return True

    def send_now(self, data: bytes) -> bool:
        """Send bytes at once, or where others wait, behind these; False when over the bound."""
        if self.size or self.closed:
            fits = self.append(data)
            self.flush()
            return fits
        sent = self._send_some(data)
        if sent is not None and sent < len(data):
            self._chunks, self.size = [data], len(data) - sent
            self._keep(data, sent, self._chunks)
        return True

    def flush(self) -> None:
        """Send as much as the kernel takes; the rest goes when the socket is writable again."""
        if self._chunks and self._listener is None:
            self._send()

    def drain(self) -> None:
        """Wait until nothing waits, or the outbox is closed."""
        while self.size and not self.closed:
            self._drained = self._drained or Event()
            self._drained.wait()

    def close_after(self, last: bytes, then: Callback, *, drop: bool = False) -> None:
        """Send what waits, then these bytes whatever the bound, and take nothing more.

        `then` is called when all has left. With `drop`, of what waits only that leaves of which
        others have seen the beginning.
        """
        if drop:
            self._chunks = self._chunks[: self._partly_sent]
        self._chunks.append(last)
        self.size = sum(map(len, self._chunks))
        self._on_closed = then
        self._notify_drained()
        self.closed = True
        self.flush()

    def close(self) -> None:
        """Forget what waits."""
        self._stop_waiting()
        self._notify_drained()
        self.closed = True
        self._on_closed = None
        self._chunks = []
        self.size = 0

    def _send(self) -> None:
        chunks = self._chunks
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        sent = self._send_some(data)
        if sent is None:
            return
        self.size -= sent
        if sent == len(data):
            self._chunks = []
            self._partly_sent = False
            self._stop_waiting()
            self._notify_drained()
            if self._on_closed is not None:
                self._on_closed()
        else:
            self._keep(data, sent, chunks)

    def _send_some(self, data: bytes) -> int | None:
        """Send what the kernel takes; None where the connection is lost."""
        try:
            return self._sock.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self._on_lost()
            return None

    def _keep(self, data: bytes, sent: int, chunks: list[bytes]) -> None:
        """Keep what was not sent; a chunk begun has to be sent whole."""
        while sent >= len(chunks[0]):
            sent -= len(chunks.pop(0))
            self._partly_sent = False
        if sent:
            chunks[0] = bytes(chunks[0][sent:])
            self._partly_sent = True
        if self._listener is None:
            hub = hubs.get_hub()
            self._listener = hub.add(
                hub.WRITE, self._sock.fileno(), self._writable, self._connection_lost, self._removed
            )

    def _exceeds_limit(self, data: bytes) -> bool:
        return self.size > 0 and self.size + len(data) > self.limit

    def _make_room(self, data: bytes) -> bool:
        """Drop ephemeral events; tell whether the data then fits."""
        kept = [chunk for chunk in self._chunks if not isinstance(chunk, Droppable)]
        self._chunks = kept
        self.size = sum(map(len, kept))
        return not self._exceeds_limit(data)

    def _notify_drained(self) -> None:
        if self._drained is not None:
            self._drained.set()
            self._drained = None

    def _stop_waiting(self) -> None:
        if self._listener is not None:
            hubs.get_hub().remove(self._listener)
            self._listener = None

    def _writable(self, _fileno: int) -> None:
        self._send()

    def _connection_lost(self, *_error: object) -> None:
        self._on_lost()

    def _removed(self) -> None:
        self._listener = None
