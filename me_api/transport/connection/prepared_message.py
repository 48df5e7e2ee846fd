"""Messages encoded once for all connections that receive them."""

from __future__ import annotations

from typing import Any, Self


class Droppable(bytes):
    """Bytes that may be dropped instead of closing a slow client, such as a typing event."""


class PreparedMessage:
    """Bytes as they are written to the socket; `size` is their number."""

    __slots__ = ("data", "size")

    def __init__(self, data: bytes, *, droppable: bool = False) -> None:
        self.data = Droppable(data) if droppable else data
        self.size = len(data)

    def joins(self, other: PreparedMessage) -> bool:
        """Return whether another message may be joined with this one: neither may be dropped."""
        return (
            type(self) is type(other)
            and not isinstance(self.data, Droppable)
            and not isinstance(other.data, Droppable)
        )

    def joined(self, others: list[Any]) -> Self:
        """Return this message and others as one."""
        return type(self)(b"".join([self.data, *[other.data for other in others]]))
