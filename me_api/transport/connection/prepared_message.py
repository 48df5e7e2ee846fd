"""Messages encoded once for all connections that receive them."""

from __future__ import annotations

from typing import Any


class Droppable(bytes):
    """Bytes that may be dropped instead of closing a slow client, such as a typing event."""


class PreparedMessage:
    """Bytes as they are written to the socket; `size` is their number."""

    __slots__ = ("data", "size")
    MAX_JOINED = 16_384
    """The most bytes of messages that are joined."""

    def __init__(self, data: bytes, *, droppable: bool = False) -> None:
        self.data = Droppable(data) if droppable else data
        self.size = len(data)

    def joined(self, other: PreparedMessage) -> PreparedMessage | None:
        """Return both messages as one, or None if they are large, or one may be dropped alone."""
        data = self.data, other.data
        if self.size + other.size > self.MAX_JOINED or any(isinstance(d, Droppable) for d in data):
            return None
        return self._join(other) if type(self) is type(other) else None

    def _join(self, other: Any) -> PreparedMessage:
        return PreparedMessage(self.data + other.data)
