"""Messages encoded once for all connections that receive them."""

from __future__ import annotations


class Droppable(bytes):
    """Bytes that may be dropped instead of closing a slow client, such as a typing event."""


class PreparedMessage:
    """Bytes as they are written to the socket; `size` is their number."""

    __slots__ = ("data", "size")

    def __init__(self, data: bytes, *, droppable: bool = False) -> None:
        self.data = Droppable(data) if droppable else data
        self.size = len(data)
