"""Slow reader: what does a client that stops reading cost the server and other clients?"""

from __future__ import annotations

from collections.abc import Callable
from socket import socket

from benchmarks.client import Client
from benchmarks.clients import ROOM, connect_all
from benchmarks.counter import MessageCounter
from benchmarks.load import EventLoop
from benchmarks.peer_servers import NodeSocketIO
from benchmarks.results import (
    Mark,
    Measurement,
    Measurements,
    MeasureSide,
    Plan,
    Row,
    Scenario,
    quantile,
)
from benchmarks.scenarios.paced import delivery_times
from benchmarks.senders import ConstantRateSender
from benchmarks.servers import MeApi, Server
from benchmarks.tracked_client import TrackedClient

OTHERS = 20
PER_SECOND = 1000
TEXT = "x" * 3960
RECEIVE_BUFFER = 16_384
"""The receive buffer of the slow client's socket: small, so that the server soon has to wait."""


def measure(make: Callable[[], Server], plan: Plan) -> Measurements:
    """Measure two runs on fresh servers: all clients read, and one of them stops reading."""
    usual, slow = Run(make, plan, stops=False), Run(make, plan, stops=True)
    values = {
        "slow-growth": (slow.growth - usual.growth) / (1 << 20),
        "slow-p99-usual": usual.p99,
        "slow-p99": slow.p99,
        "slow-p99-ratio": slow.p99 / usual.p99,
        "slow-closed": float(slow.closed),
        "slow-missing": float(slow.missing),
        "slow-recovered": float(slow.recovered),
    }
    return {key: Measurement(value, slow.idle) for key, value in values.items()}


class Run:
    """A server with a sender, listeners, and a client that stops reading if `stops` is set.

    The constructor runs and measures everything; the attributes are the results.
    """

    def __init__(self, make: Callable[[], Server], plan: Plan, *, stops: bool) -> None:
        self.loop, self.count = EventLoop(), plan.pick(3000, 20_000)
        self.warm_up = plan.pick(500, 5000)
        with make() as server:
            self._connect(server)
            self._post(self.warm_up)
            before = self.peak = server.resident()
            if stops:
                self.loop.pause_reading(self._socket())
            self.loop.start_idle_timer()
            for counter in self.counters:
                counter.record_arrivals()
            self._post(self.count, lambda: self._update_peak(server))
            self.idle = self.loop.idle_share()
            self.growth = self.peak - before
            self.p99 = quantile(delivery_times(self.counters), 0.99) * 1000
            self._catch_up(stops)

    def _connect(self, server: Server) -> None:
        loop, port = self.loop, server.port
        sending = Client(loop, port, "sender", ROOM, urgent=True)
        others = [Client(loop, port, f"reader{n}", ROOM) for n in range(OTHERS)]
        self.client = Client(loop, port, "slow", ROOM)
        self.client.receive_buffer = RECEIVE_BUFFER
        self.tracked = TrackedClient(self.client)
        connect_all(loop, [*others, self.client, sending])
        loop.run_for(0.5)
        self.counters = [MessageCounter(other) for other in others]
        self.sender = ConstantRateSender(loop, sending, PER_SECOND, TEXT)

    def _socket(self) -> socket:
        assert self.client.sock is not None
        return self.client.sock

    def _post(self, count: int, after_step: Callable[[], None] = lambda: None) -> None:
        """Post `count` messages and wait until the listeners have received them."""
        self.sender.start(count)
        while not self.sender.finished:
            self.loop.run_for(0.1)
            # The sender receives its own messages. If this process is too slow to read them, the
            # server closes its connection, too.
            assert self.sender.client.live, "the sender was disconnected"
            after_step()
        sent = self.sender.sent
        self.loop.run_until(
            lambda: all(c.count == sent for c in self.counters), 60, "all delivered"
        )

    def _update_peak(self, server: Server) -> None:
        self.peak = max(self.peak, server.resident())

    def _catch_up(self, stops: bool) -> None:
        """Read again, reconnect if the server closes the connection, and wait for all messages."""
        sent = self.sender.sent
        self.closed = False
        if stops:
            self.client.on_disconnect = self._reconnect
            self.loop.resume_reading(self._socket())
        self.loop.run_until(lambda: self.tracked.highest == sent, 60, "the slow one has all")
        self.recovered = self.tracked.recoveries
        self.missing = self.tracked.missing(sent) + self.tracked.duplicates()

    def _reconnect(self, client: Client) -> None:
        self.closed = True
        self.loop.call_later(0.5, lambda: self.tracked.reconnect(self.sender.acked))


def sides(plan: Plan) -> dict[str, MeasureSide]:
    return {
        "me-api": lambda: measure(MeApi, plan),
        "socket.io": lambda: measure(lambda: NodeSocketIO(recovery=1), plan),
    }


def _at_most(bound: float, unit: str) -> Mark:
    return Mark(bound, at_least=False, ratio=False, unit=unit)


SCENARIO = Scenario(
    "slow",
    (
        Row("slow-growth", "Slow reader: the server grows by", "MB", mark=_at_most(2, " MB")),
        Row(
            "slow-closed",
            "Slow reader: it is closed",
            "1 = yes",
            mark=Mark(1, ratio=False, unit=""),
        ),
        Row(
            "slow-missing",
            "Slow reader: missing or twice in the end",
            "messages",
            mark=_at_most(0, ""),
        ),
        Row("slow-recovered", "Slow reader: came back by recovery", "times"),
        Row("slow-p99-usual", "Slow reader: others' p99 when all read", "ms"),
        Row("slow-p99", "Slow reader: others' p99 while one does not", "ms"),
        Row(
            "slow-p99-ratio",
            "Slow reader: others' p99, against when all read",
            "×",
            mark=_at_most(1.1, ""),
        ),
    ),
    sides,
    notes=(
        "Slow reader: 20,000 messages of 4 KB at 1,000/s (3,000 in the short form), 20 others."
        " Growth is the highest resident size less that of the same run with all clients reading.",
    ),
)
