"""The polling transport: the packets of a POST, and the queue that the next poll returns."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from engineio.exceptions import ContentTooLongError
from eventlet.green.threading import Event

from me_api.transport.connection.prepared_message import Droppable
from me_api.transport.engineio.packets import DroppableText, PreparedPackets

SEPARATOR = "\x1e"


def read_packets(environ: dict[str, Any], max_size: int) -> Iterator[str | bytes]:
    """Yield the packets in the body of a POST; raise `ValueError` if one is malformed."""
    text = _read_body(environ, max_size).decode()
    for packet in text.split(SEPARATOR) if text else ():
        yield b64decode(packet[1:]) if packet[:1] == "b" else packet


def _read_body(environ: dict[str, Any], max_size: int) -> bytes:
    # A chunked body has no known length: reading one byte too many shows that it is too long.
    chunked = "wsgi.input_terminated" in environ
    length = max_size + 1 if chunked else int(environ.get("CONTENT_LENGTH") or 0)
    if length > max_size and not chunked:
        raise ContentTooLongError
    body: bytes = environ["wsgi.input"].read(length)
    if len(body) > max_size:
        raise ContentTooLongError
    return body


class PollingQueue:
    """Packets that wait for the next poll, in order, bounded in bytes like a write buffer."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._texts: list[str] = []
        self._available: Event | None = None
        self._drained: Event | None = None
        self.size = 0
        self.closed = False

    def append(self, packets: PreparedPackets, *, bounded: bool = True) -> bool:
        """Append packets; return False if over the limit. An empty queue accepts any size."""
        if bounded and not self._has_room(packets.size):
            self._texts = [text for text in self._texts if not isinstance(text, DroppableText)]
            self.size = sum(len(text.encode()) for text in self._texts)
            if not self._has_room(packets.size):
                return isinstance(packets.data, Droppable)
        self._texts.extend(packets.texts)
        self.size += packets.size
        self._notify_available()
        return True

    def append_text(self, text: str) -> None:
        """Append a packet that is not a message, regardless of the limit."""
        self._texts.append(text)
        self._notify_available()

    def wait(self, seconds: float) -> bool:
        """Wait until there is a packet; return False if there was none in time."""
        if self._texts or self.closed:
            return True
        self._available = self._available or Event()
        self._available.clear()
        return bool(self._available.wait(seconds))

    def take(self) -> list[str]:
        """Remove and return all packets."""
        texts, self._texts, self.size = self._texts, [], 0
        self._notify_drained()
        return texts

    def drain(self) -> None:
        """Wait until the packets have been taken, or the queue is closed."""
        self._drained = self._drained or Event()
        self._drained.wait()

    def close(self) -> None:
        """Wake all waiters, and accept no more of them."""
        self.closed = True
        self._notify_available()
        self._notify_drained()

    def _has_room(self, size: int) -> bool:
        return not self.size or self.size + size <= self._limit

    def _notify_available(self) -> None:
        if self._available is not None:
            self._available.set()

    def _notify_drained(self) -> None:
        if self._drained is not None:
            self._drained.set()
            self._drained = None
