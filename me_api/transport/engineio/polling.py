"""A client that speaks no WebSocket: what it posts, and what waits for its next poll."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from engineio.exceptions import ContentTooLongError
from eventlet.green.threading import Event

from me_api.transport.connection.prepared_message import Droppable
from me_api.transport.engineio.packets import DroppableText, PreparedPackets


def read_packets(environ: dict[str, Any], most: int) -> Iterator[str | bytes]:
    """Give the packets in the body of a POST; raises `ValueError` for what is none."""
    text = _body(environ, most).decode()
    for packet in text.split("\x1e") if text else ():
        yield b64decode(packet[1:]) if packet[:1] == "b" else packet


def _body(environ: dict[str, Any], most: int) -> bytes:
    """Read a body, also one in chunks, whose length is not known before."""
    chunked = "wsgi.input_terminated" in environ
    length = most + 1 if chunked else int(environ.get("CONTENT_LENGTH") or 0)
    if length > most and not chunked:
        raise ContentTooLongError
    body: bytes = environ["wsgi.input"].read(length)
    if len(body) > most:
        raise ContentTooLongError
    return body


class Polling:
    """Texts in their order, bounded in bytes as an outbox is."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._texts: list[str] = []
        self._available: Event | None = None
        self._drained: Event | None = None
        self.size = 0
        self.closed = False

    def write(self, parcel: PreparedPackets, *, bounded: bool = True) -> bool:
        """Queue messages; False when that is over the bound. An empty queue takes anything."""
        if bounded and not self._has_room(parcel.size):
            self._texts = [text for text in self._texts if not isinstance(text, DroppableText)]
            self.size = sum(len(text.encode()) for text in self._texts)
            if not self._has_room(parcel.size):
                return isinstance(parcel.data, Droppable)
        self._texts.extend(parcel.texts)
        self.size += parcel.size
        self._wake()
        return True

    def write_text(self, text: str) -> None:
        """Queue a packet that is no message, whatever waits."""
        self._texts.append(text)
        self._wake()

    def wait(self, seconds: float) -> bool:
        """Wait until there is something to take; False when nothing came in time."""
        if self._texts or self.closed:
            return True
        self._available = self._available or Event()
        self._available.clear()
        return bool(self._available.wait(seconds))

    def take(self) -> list[str]:
        """Take all that waits."""
        texts, self._texts, self.size = self._texts, [], 0
        self._notify_drained()
        return texts

    def drain(self) -> None:
        """Wait until somebody has taken what waits, or nobody will."""
        self._drained = self._drained or Event()
        self._drained.wait()

    def close(self) -> None:
        """Let nobody wait any longer."""
        self.closed = True
        self._wake()
        self._notify_drained()

    def _wake(self) -> None:
        if self._available is not None:
            self._available.set()

    def _has_room(self, size: int) -> bool:
        return not self.size or self.size + size <= self._limit

    def _notify_drained(self) -> None:
        if self._drained is not None:
            self._drained.set()
            self._drained = None
