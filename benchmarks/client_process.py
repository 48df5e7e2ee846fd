"""A client whose books are kept: every message it gets, how often, and how."""

from __future__ import annotations

import re
from collections import Counter as Multiset
from collections.abc import Callable
from time import perf_counter
from typing import Any

from benchmarks.client import Client

NUMBER = re.compile(rb'"\^(\d+) ')
OFFSET = re.compile(rb'"([^"]*)"\]$')
REV = re.compile(rb'"rev":(\d+)')


class Member:
    """Counts each message that its client gets, as an event or in the answer to a join.

    While it hoards, events are only kept, with the time of the last one, and counted afterwards.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.got: Multiset[int] = Multiset()
        self.last = 0
        self.disorder = 0
        self.recoveries = 0
        self.returns = 0
        self._coming_back = False
        self.on_return: Callable[[Member], None] | None = None
        self.waits_for: int | None = None
        self.latencies: list[float] = []
        self.hoard: list[bytes] | None = None
        self.arrived = 0.0
        client.on_message = self._receive
        client.on_joined = self._joined
        client.on_live = self._live

    def come_back(self, head: int) -> None:
        """Connect again; the time until everything up to `head` is here is kept."""
        self._coming_back = True
        self.waits_for = head if head > self.last else None
        self.client.open()

    def _live(self, client: Client) -> None:
        self.returns += self._coming_back
        self.recoveries += client.recovered
        if self.on_return is not None:
            self.on_return(self)

    def _receive(self, client: Client, packet: bytes) -> None:
        """Take a message; the string at the end is the offset, as the stock client has it."""
        if self.hoard is not None:
            self.hoard.append(packet)
            self.arrived = perf_counter()
            return
        number = int(NUMBER.search(packet)[1])  # type: ignore[index]
        client.offset = OFFSET.search(packet)[1].decode()  # type: ignore[index]
        client.since = int(REV.search(packet)[1])  # type: ignore[index]
        self._take(number)

    def _joined(self, client: Client, answer: dict[str, Any]) -> None:
        """Take what a join's answer brings; a server without one brings nothing."""
        for message in answer.get("messages", ()):
            self._take(int(message["text"][1:].split()[0]))
        client.since = answer.get("rev", client.since)

    def _take(self, number: int) -> None:
        self.got[number] += 1
        self.disorder += number <= self.last
        self.last = max(self.last, number)
        if self.waits_for is not None and self.last >= self.waits_for:
            self.latencies.append(perf_counter() - self.client.opened)
            self.waits_for = None

    def count_hoard(self) -> None:
        """Count what was only kept so far."""
        packets, self.hoard = self.hoard or (), None
        for packet in packets:
            self._receive(self.client, packet)

    def missing(self, count: int) -> int:
        """Count what it never got of the messages 1 to `count`."""
        return sum(number not in self.got for number in range(1, count + 1))

    def doubles(self) -> int:
        """Count what it got more than once."""
        return sum(times - 1 for times in self.got.values())
