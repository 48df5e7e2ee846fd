"""Bytes encoded once for all who get them."""

from __future__ import annotations


class Droppable(bytes):
    """Bytes of an event that may be dropped when a client is slow."""


class PreparedMessage:
    """Bytes made once for all who get them."""

    __slots__ = ("data", "size")

    def __init__(self, wire: bytes, *, ephemeral: bool = False) -> None:
        self.data = Droppable(wire) if ephemeral else wire
        self.size = len(wire)
