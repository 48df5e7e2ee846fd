"""The polling transport: the packets of a POST, and the queue from which polls are answered."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from eventlet.green.threading import Event

from me_api.errors import ContentTooLarge
from me_api.transport.connection.prepared_message import Droppable
from me_api.transport.engineio.packets import DroppableText, PreparedPackets, ProtocolError

SEPARATOR = "\x1e"
MAX_PACKETS = 16
"""Packets in the response to one poll. python-engineio refuses a payload with more of them."""


def read_packets(environ: dict[str, Any], max_size: int) -> Iterator[str | bytes]:
    """Yield the packets in the body of a POST.

    Raises `ProtocolError` if the body or a packet is malformed, `ContentTooLarge` for a large body.
    """
    body = _read_body(environ, max_size)
    try:
        for packet in _split(body.decode()):
            yield b64decode(packet[1:], validate=True) if packet[:1] == "b" else packet
    except ValueError:
        raise ProtocolError("The payload is neither UTF-8 nor base64.") from None


def _split(payload: str) -> Iterator[str]:
    """Yield the packets of a payload."""
    # One at a time: a list of half a million empty ones would take thirty times the payload.
    start = 0
    while (end := payload.find(SEPARATOR, start)) >= 0:
        yield payload[start:end]
        start = end + 1
    yield payload[start:]


def _read_body(environ: dict[str, Any], max_size: int) -> bytes:
    # A chunked body has no known length: reading one byte too many shows that it is too long.
    chunked = "wsgi.input_terminated" in environ
    length = max_size + 1 if chunked else int(environ.get("CONTENT_LENGTH") or 0)
    if length <= max_size or chunked:
        body: bytes = environ["wsgi.input"].read(length)
        if len(body) < length and not chunked:
            raise ProtocolError("The payload is incomplete.")
        if len(body) <= max_size:
            return body
    raise ContentTooLarge(f"A payload has at most {max_size} bytes.")


class PollingQueue:
    """Packets that wait for a poll, in order, bounded in bytes like a write buffer."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # Not a deque: an empty one is larger than all else of an idle WebSocket's session.
        self._packets: list[tuple[str, int]] = []
        self._available: Event | None = None
        self._drained: Event | None = None
        self.size = 0
        self.closed = False

    def append(self, packets: PreparedPackets, *, bounded: bool = True) -> bool:
        """Append packets; return False if over the limit. An empty queue accepts any size."""
        if bounded and not self._has_room(packets.size):
            self._drop_droppable()
            if not self._has_room(packets.size):
                return isinstance(packets.data, Droppable)
        for packet in packets.polled:
            self._append(*packet)
        self._notify_available()
        return True

    def append_text(self, text: str) -> None:
        """Append a packet that is not a message, regardless of the limit."""
        self._append(text, len(text))
        self._notify_available()

    def wait(self) -> None:
        """Wait until there is a packet, or the poll is released."""
        if not (self._packets or self.closed):
            self._available = Event()
            self._available.wait()

    def release(self) -> None:
        """Wake the poll that waits, if any, without a packet."""
        self._notify_available()

    def take(self, limit: int = MAX_PACKETS) -> list[str]:
        """Remove and return the oldest packets, at most `limit`."""
        taken, self._packets = self._packets[:limit], self._packets[limit:]
        self.size -= sum(size for _, size in taken)
        if not self._packets:
            self._notify_drained()
        return [text for text, _ in taken]

    def take_all(self) -> list[str]:
        """Remove and return all packets."""
        return self.take(len(self._packets))

    def drain(self) -> None:
        """Wait until the packets have been taken, or the queue is closed."""
        self._drained = self._drained or Event()
        self._drained.wait()

    def close(self, last: str | None) -> None:
        """Wake all waiters, and accept no more of them; `last` is sent if nothing else waits."""
        # A CLOSE never follows other packets in a payload: the stock client handles those after it
        # has closed, and keeps them until it is connected again. By then it has offered an older
        # offset, and receives them twice. Without it, its next poll is refused, and it reconnects.
        if last is not None and not self._packets:
            self._append(last, len(last))
        self.closed = True
        self._notify_available()
        self._notify_drained()

    def _append(self, text: str, size: int) -> None:
        self._packets.append((text, size))
        self.size += size

    def _has_room(self, size: int) -> bool:
        return not self.size or self.size + size <= self._limit

    def _drop_droppable(self) -> None:
        kept = [packet for packet in self._packets if not isinstance(packet[0], DroppableText)]
        self._packets = kept
        self.size = sum(size for _, size in kept)

    def _notify_available(self) -> None:
        available, self._available = self._available, None
        if available is not None:
            available.set()

    def _notify_drained(self) -> None:
        if self._drained is not None:
            self._drained.set()
            self._drained = None
