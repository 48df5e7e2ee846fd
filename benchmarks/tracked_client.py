"""A client that records which messages it receives, how often, in which order and how late."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from time import perf_counter
from typing import Any

from benchmarks.client import Client

NUMBER = re.compile(rb'"\^(\d+) ')
OFFSET = re.compile(rb'"([^"]*)"\]$')
REV = re.compile(rb'"rev":(\d+)')


class TrackedClient:
    """Counts the messages that a client receives, in events and in the answers to `join`.

    While `deferred` is a list, events are only appended to it. `parse_deferred` counts them later,
    so that parsing does not slow down the measurement.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.deliveries: Counter[int] = Counter()
        self.highest = 0
        self.out_of_order = 0
        self.recoveries = 0
        self.reconnects = 0
        self.replay_times: list[float] = []
        self.deferred: list[bytes] | None = None
        self.last_arrival = 0.0
        self.on_live: Callable[[TrackedClient], None] | None = None
        self._reconnecting = False
        self._catch_up_to: int | None = None
        client.on_message = self._message_received
        client.on_joined = self._joined
        client.on_live = self._live

    def reconnect(self, head: int) -> None:
        """Connect again, and measure the time until all messages up to `head` have arrived."""
        self._reconnecting = True
        self._catch_up_to = head if head > self.highest else None
        self.client.open()

    def _live(self, client: Client) -> None:
        self.reconnects += self._reconnecting
        self.recoveries += client.recovered
        if self.on_live is not None:
            self.on_live(self)

    def _message_received(self, client: Client, packet: bytes) -> None:
        if self.deferred is not None:
            self.deferred.append(packet)
            self.last_arrival = perf_counter()
            return
        number = int(NUMBER.search(packet)[1])  # type: ignore[index]
        # The last argument of an event is the offset, as socket.io-client expects it.
        client.offset = OFFSET.search(packet)[1].decode()  # type: ignore[index]
        client.since = int(REV.search(packet)[1])  # type: ignore[index]
        self._count(number)

    def _joined(self, client: Client, answer: dict[str, Any]) -> None:
        # The answers of the peers contain neither messages nor a rev.
        for message in answer.get("messages", ()):
            self._count(int(message["text"][1:].split()[0]))
        client.since = answer.get("rev", client.since)

    def _count(self, number: int) -> None:
        self.deliveries[number] += 1
        self.out_of_order += number <= self.highest
        self.highest = max(self.highest, number)
        if self._catch_up_to is not None and self.highest >= self._catch_up_to:
            self.replay_times.append(perf_counter() - self.client.opened)
            self._catch_up_to = None

    def parse_deferred(self) -> None:
        """Count the events in `deferred`, and all later ones on arrival."""
        packets, self.deferred = self.deferred or (), None
        for packet in packets:
            self._message_received(self.client, packet)

    def missing(self, count: int) -> int:
        """Return how many of the messages 1 to `count` were never received."""
        return sum(number not in self.deliveries for number in range(1, count + 1))

    def duplicates(self) -> int:
        """Return how many deliveries were of a message received before."""
        return sum(times - 1 for times in self.deliveries.values())
