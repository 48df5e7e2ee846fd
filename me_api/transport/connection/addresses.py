"""Client addresses: which of them count as one, and what each of them holds. No I/O."""

from __future__ import annotations

from functools import lru_cache
from heapq import heappop, heappush
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

MAX_LENGTH = 64
"""More characters than an address with brackets, zone and port has."""
PREFIX = 64
"""Bits of an IPv6 network: what one subscriber gets at least, and may choose addresses from."""
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 addresses behind a translator (RFC 6052, section 2.1)."""


def network(address: str | None) -> str:
    """Return what counts as one address: of IPv6 the /64, of IPv4 the address itself.

    IPv4 written as IPv6 is IPv4. The port that some proxies add is ignored. A text that is no
    address counts as it stands.
    """
    return _network((address or "").strip()[:MAX_LENGTH])


@lru_cache(4096)
def _network(text: str) -> str:
    try:
        address = ip_address(_without_port(text))
    except ValueError:
        # Such as `unknown`, which a proxy may send for an address (RFC 7239, section 6.2).
        return text
    if isinstance(address, IPv4Address):
        return str(address)
    return str(_embedded(address) or IPv6Network((int(address), PREFIX), strict=False))


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    host, colon, rest = text.partition(":")
    return host if colon and ":" not in rest else text


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped


class AddressCounter:
    """Counts what clients hold, such as connections, up to a limit for each network."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: dict[str, int] = {}

    def acquire(self, address: str) -> bool:
        """Count one more for an address; return False, and count nothing, at the limit."""
        key = network(address)
        held = self._held.get(key, 0)
        if held >= self._limit:
            return False
        self._held[key] = held + 1
        return True

    def release(self, address: str) -> None:
        """Count one less for an address, for which one was acquired."""
        key = network(address)
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]


class _Slots:
    __slots__ = ("end", "free")

    def __init__(self) -> None:
        self.free: list[int] = []
        self.end = 0


class AddressSlots:
    """Numbers the connections of each network, always with the lowest number that is free.

    The next connection gets the number of one that was closed. So what is stored by number, such
    as a rate limit, is not reset by reconnecting, although the client has no name.
    """

    def __init__(self) -> None:
        self._slots: dict[str, _Slots] = {}

    def acquire(self, key: str) -> int:
        """Return the number of a new connection of a network."""
        slots = self._slots.setdefault(key, _Slots())
        if slots.free:
            return heappop(slots.free)
        slots.end += 1
        return slots.end - 1

    def release(self, key: str, slot: int) -> None:
        """Free the number of a connection that is closed."""
        slots = self._slots[key]
        heappush(slots.free, slot)
        if len(slots.free) == slots.end:
            del self._slots[key]

    def count(self, key: str) -> int:
        """Return the number of open connections of a network."""
        slots = self._slots.get(key)
        return 0 if slots is None else slots.end - len(slots.free)
