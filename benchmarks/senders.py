"""Send messages in a closed loop, with a fixed number in flight, or at a constant rate."""

from __future__ import annotations

import itertools
from time import perf_counter
from typing import Any

from benchmarks import wire
from benchmarks.client import Client
from benchmarks.load import EventLoop

FILLER = "and now a few words, as in a chat"


class ClosedLoopSender:
    """Keeps `in_flight` messages unacknowledged: each acknowledgement triggers the next post.

    The sender is in the room itself. All messages that it receives are stored for `verify`.
    """

    numbers = itertools.count(1)

    def __init__(self, client: Client) -> None:
        self.client = client
        self.in_flight = self.sent = self.acked = self.received = 0
        self._packets: list[bytes] = []
        client.on_ack = self._acknowledged
        client.on_message = self._message_received
        # Once per read, not once per acknowledgement: new posts are sent in one write.
        client.after_read = self._refill

    def start(self, in_flight: int) -> None:
        """Start to send, with this many messages in flight."""
        self.in_flight = in_flight
        self._refill()

    def stop(self) -> None:
        """Send no more messages; those in flight are still counted."""
        self.in_flight = 0

    @property
    def all_acked(self) -> bool:
        """Whether the server has acknowledged every message sent."""
        return self.acked == self.sent

    def verify(self) -> None:
        """Check that the messages received so far are unaltered, in order and without duplicates.

        Raises `AssertionError` if they are not.
        """
        revs, numbers = [], []
        for packet in self._packets:
            message = self._parse(packet)
            revs.append(message["rev"])
            numbers.append(int(message["text"][1:].split()[0]))
            assert message["text"].endswith(FILLER) and message["room"] == self.client.room
        assert all(a < b for a, b in itertools.pairwise(revs)), "revs do not increase"
        assert len(set(numbers)) == len(numbers), "a message was received twice"
        self._packets.clear()

    def _refill(self) -> None:
        frames = []
        while self.sent - self.acked < self.in_flight:
            self.sent += 1
            number = next(self.numbers)
            frames.append(self._encode_post(number, f"^{number} {FILLER}"))
        if frames:
            self.client.send(b"".join(frames))

    def _encode_post(self, number: int, text: str) -> bytes:
        return wire.event(number, "post", {"room": self.client.room, "text": text})

    def _parse(self, packet: bytes) -> dict[str, Any]:
        message, offset = wire.message_of(packet)
        assert offset is not None
        return message

    def _acknowledged(self, packet: bytes) -> None:
        self.acked += 1

    def _message_received(self, client: Client, packet: bytes) -> None:
        self.received += 1
        self._packets.append(packet)


class TimedSender(ClosedLoopSender):
    """Also records how many seconds each post waits for its acknowledgement, with one in flight."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.seconds: list[float] = []
        self._posted = 0.0

    def _encode_post(self, number: int, text: str) -> bytes:
        encoded = super()._encode_post(number, text)
        self._posted = perf_counter()
        return encoded

    def _acknowledged(self, packet: bytes) -> None:
        self.seconds.append(perf_counter() - self._posted)
        super()._acknowledged(packet)


class ConstantRateSender:
    """Posts at a constant rate, without waiting for acknowledgements.

    Each text contains the message's number and the time at which it was posted.
    """

    def __init__(
        self, loop: EventLoop, client: Client, per_second: float, filler: str = FILLER
    ) -> None:
        self.client = client
        self.sent = self.acked = 0
        self.unacked: dict[int, str] = {}
        self._loop = loop
        self._to_send = 0
        self._interval = 1 / per_second
        self._filler = filler
        self._next_due = 0.0
        client.on_ack = self._acknowledged

    def start(self, count: int) -> None:
        """Send this many messages, in addition to those of earlier calls."""
        self._to_send += count
        self._next_due = perf_counter()
        self._send_due()

    @property
    def finished(self) -> bool:
        """Whether all messages were sent and acknowledged."""
        return self.sent == self._to_send and not self.unacked

    def resend_unacked(self) -> None:
        """Post again what was not acknowledged before the connection was lost.

        The server recognises a repeated message by its idempotency key.
        """
        for number, text in self.unacked.items():
            self._post(number, text)

    def _send_due(self) -> None:
        while self.sent < self._to_send and self._next_due <= perf_counter():
            self.sent += 1
            self._next_due += self._interval
            text = f"^{self.sent} {perf_counter():.6f} {self._filler}"
            # While the client is disconnected the message waits here for `resend_unacked`.
            self.unacked[self.sent] = text
            if self.client.live:
                self._post(self.sent, text)
        if self.sent < self._to_send:
            self._loop.call_later(max(0.0, self._next_due - perf_counter()), self._send_due)

    def _post(self, number: int, text: str) -> None:
        self.client.post(number, text, key=f"{self.client.guest}-{number}")

    def _acknowledged(self, packet: bytes) -> None:
        number = int(packet[len(wire.ACK) : packet.index(b"[")])
        # A message that was posted twice may be acknowledged twice.
        if self.unacked.pop(number, None) is not None:
            self.acked += 1
