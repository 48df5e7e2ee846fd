"""Senders: some that keep a number of messages in flight, some that keep a pace."""

from __future__ import annotations

import itertools
from time import perf_counter
from typing import Any

from benchmarks import wire
from benchmarks.client import Client
from benchmarks.load import Load

FILLER = "and now a few words, as in a chat"


class Sender:
    """Keeps `in_flight` messages on their way: each acknowledgement lets the next one go.

    It is in the room, and gets its own messages. All that it receives is parsed and checked.
    """

    numbers = itertools.count(1)

    def __init__(self, client: Client, *, keep: bool = True) -> None:
        self.client = client
        self.in_flight = self.sent = self.acked = 0
        self.received: list[bytes] = []
        self.arrived = 0
        self._keep = keep
        client.on_ack = self._acknowledge
        client.on_message = self._receive
        client.after_read = self._refill

    def start(self, in_flight: int) -> None:
        """Begin to send."""
        self.in_flight = in_flight
        self._refill()

    def stop(self) -> None:
        """Send nothing more; what is in flight comes in."""
        self.in_flight = 0

    @property
    def settled(self) -> bool:
        """Whether everything was acknowledged."""
        return self.acked == self.sent

    def check(self) -> None:
        """Check that what this client received is whole, valid and in order."""
        revs, numbers = [], []
        for packet in self.received:
            message = self._message(packet)
            revs.append(message["rev"])
            numbers.append(int(message["text"][1:].split()[0]))
            assert message["text"].endswith(FILLER) and message["room"] == self.client.room
        assert all(a < b for a, b in itertools.pairwise(revs)), "revs do not rise"
        assert len(set(numbers)) == len(numbers), "a message came twice"
        self.received.clear()

    def _refill(self) -> None:
        batch = []
        while self.sent - self.acked < self.in_flight:
            self.sent += 1
            number = next(self.numbers)
            batch.append(self._post(number, f"^{number} {FILLER}"))
        if batch:
            self.client.send(b"".join(batch))

    def _post(self, number: int, text: str) -> bytes:
        return wire.event(number, "post", {"room": self.client.room, "text": text})

    def _message(self, packet: bytes) -> dict[str, Any]:
        message, offset = wire.message_of(packet)
        assert offset is not None
        return message

    def _acknowledge(self, packet: bytes) -> None:
        self.acked += 1

    def _receive(self, client: Client, packet: bytes) -> None:
        self.arrived += 1
        if self._keep:
            self.received.append(packet)


class Pacer:
    """Posts at a fixed pace, whatever the answers; each text tells its number and its time."""

    def __init__(self, load: Load, client: Client, per_second: float, filler: str = FILLER) -> None:
        self.client = client
        self.sent = self.acked = 0
        self.wanted = 0
        self.unanswered: dict[int, str] = {}
        self._load = load
        self._step = 1 / per_second
        self._filler = filler
        self._next = 0.0
        client.on_ack = self._acknowledge

    def start(self, count: int) -> None:
        """Send so many more."""
        self.wanted += count
        self._next = perf_counter()
        self._tick()

    @property
    def finished(self) -> bool:
        """Whether all were sent and acknowledged."""
        return self.sent == self.wanted and not self.unanswered

    def resume(self) -> None:
        """Post again, after a lost connection, what was not acknowledged; the keys are the same."""
        for number, text in self.unanswered.items():
            self._post(number, text)

    def _tick(self) -> None:
        """Send what is due; what falls due while the client is away waits as `unanswered`."""
        while self.sent < self.wanted and self._next <= perf_counter():
            self.sent += 1
            self._next += self._step
            text = f"^{self.sent} {perf_counter():.6f} {self._filler}"
            self.unanswered[self.sent] = text
            if self.client.live:
                self._post(self.sent, text)
        if self.sent < self.wanted:
            self._load.after(max(0.0, self._next - perf_counter()), self._tick)

    def _post(self, number: int, text: str) -> None:
        self.client.post(number, text, key=f"{self.client.guest}-{number}")

    def _acknowledge(self, packet: bytes) -> None:
        number = int(packet[len(wire.ACK) : packet.index(b"[")])
        if self.unanswered.pop(number, None) is not None:
            self.acked += 1
