"""The write buffer of one socket, bounded in bytes.

Everything that is written to a socket within one turn of the event loop is sent by one non-blocking
`send`. Every byte of a connection takes this way, so that a Pong never ends up inside a frame that
is only partly sent.
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
    """Bytes that wait to be sent to one socket; `on_lost` is called when the socket fails."""

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

    def __init__(self, sock: Socket, flusher: Flusher, limit: int, on_lost: Callback) -> None:
        self._sock = sock
        self._flusher = flusher
        self._on_lost = on_lost
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
        """Append bytes and flush them at the end of this turn; return False if over the limit.

        If `urgent`, this buffer is flushed before those of other connections. Without `bounded` no
        limit applies: for responses, since a client that does not read them is not read either.
        """
        if not self.append(data, bounded=bounded):
            return False
        if self._listener is not None:
            pass  # Sent when the socket is writable; each attempt before would copy the buffer.
        elif urgent:
            self._flusher.prioritize(self)
        elif not self.queued:
            self.queued = True
            self._flusher.add(self)
        return True

    def append(self, data: bytes, *, bounded: bool = True) -> bool:
        """Append bytes to the buffer; return False if the limit is exceeded.

        An empty buffer accepts any size. Droppable messages are dropped first, `data` included.
        """
        if bounded and self._exceeds_limit(data):
            # A large burst within one turn does not make a client slow: try to send it first.
            self.flush()
            if self._exceeds_limit(data) and not self._make_room(data):
                return isinstance(data, Droppable)
        if not self.closed:
            self._chunks.append(data)
            self.size += len(data)
        return True

    def send_now(self, data: bytes) -> bool:
        """Send bytes immediately, behind what is buffered; return False if over the limit."""
        if self.size or self.closed:
            within_limit = self.append(data)
            self.flush()
            return within_limit
        # As `_send_some`, which one more call for each recipient of a broadcast would cost.
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._on_lost()
            return True
        if sent < len(data):
            self._chunks, self.size = [data], len(data) - sent
            self._keep_unsent(sent, self._chunks)
        return True

    def flush(self) -> None:
        """Send as much as the kernel accepts; the rest follows when the socket is writable."""
        if self._chunks and self._listener is None:
            self._send()

    def drain(self) -> None:
        """Wait until the buffer is empty or closed."""
        while self.size and not self.closed:
            self._drained = self._drained or Event()
            self._drained.wait()

    def close_after(self, last: bytes, on_closed: Callback, *, drop: bool = False) -> None:
        """Accept nothing more, send what is buffered and then `last`; call `on_closed`.

        With `drop`, what is buffered is discarded instead.
        """
        if drop:
            # A message that was partly sent must be completed, or the peer could not parse `last`.
            self._chunks = self._chunks[: self._partly_sent]
        self._chunks.append(last)
        self.size = sum(map(len, self._chunks))
        self._on_closed = on_closed
        self._notify_drained()
        self.closed = True
        self.flush()

    def close(self) -> None:
        """Discard what is buffered and accept nothing more."""
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
            self._keep_unsent(sent, chunks)

    def _send_some(self, data: bytes) -> int | None:
        """Return how many bytes the kernel accepted; None if the connection is lost."""
        try:
            return self._sock.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self._on_lost()
            return None

    def _keep_unsent(self, sent: int, chunks: list[bytes]) -> None:
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
        """Drop what is droppable; return whether the data then fits."""
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
