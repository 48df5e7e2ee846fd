"""Bounds what clients make wait in memory, for all and for each address.

That is incomplete requests and messages, and responses that are not read.
"""

from __future__ import annotations

from collections import Counter

from me_api.transport.connection.addresses import network

FREE_BYTES = 16_384
"""What every connection may hold without being counted."""
ADDRESS_SHARE = 2
"""One address may hold the total divided by this."""


class ByteBudget:
    """Counts the bytes that wait for clients to send or read the rest."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: Counter[str] = Counter()
        self.size = 0

    def change(self, address: str, held: int, size: int) -> int | None:
        """Count `size` bytes of a connection instead of the `held` ones that are counted.

        Returns how many are counted from now on: none for little. Returns None, and counts what
        it did before, if there is too much.
        """
        size = size if size > FREE_BYTES else 0
        key, grown = network(address), size - held
        if grown > 0 and not self._has_room(key, grown):
            return None
        self.size += grown
        self._held[key] += grown
        if not self._held[key]:
            del self._held[key]
        return size

    def _has_room(self, key: str, size: int) -> bool:
        held = self._held[key] + size
        return self.size + size <= self._limit and held <= self._limit // ADDRESS_SHARE
