"""Bytes encoded once for all who get them."""

from __future__ import annotations


class Ephemeral(bytes):
    """Bytes of an event that may be dropped when a client is slow."""


class Wire:
    """Bytes made once for all who get them."""

    __slots__ = ("size", "wire")

    def __init__(self, wire: bytes, *, ephemeral: bool = False) -> None:
        self.wire = Ephemeral(wire) if ephemeral else wire
        self.size = len(wire)
