"""Slow reader: one client stops reading while 4 KB messages pass; who pays for it?"""

from __future__ import annotations

from collections.abc import Callable
from socket import socket

from benchmarks.client import Client
from benchmarks.client_process import Member
from benchmarks.clients import ROOM, connect_all
from benchmarks.counter import Counter
from benchmarks.load import Load
from benchmarks.results import Figure, Figures, Mark, Measure, Plan, Row, Scenario, quantile
from benchmarks.scenarios.paced import delays
from benchmarks.senders import Pacer
from benchmarks.servers import Ours, Server, SocketIO

OTHERS = 20
PER_SECOND = 1000
TEXT = "x" * 3960
RECEIVE_BUFFER = 16_384


def measure(make: Callable[[], Server], plan: Plan) -> Figures:
    """Measure twice, on fresh servers: with everybody reading, and with one who stops."""
    usual, slow = Run(make, plan, stops=False), Run(make, plan, stops=True)
    found = {
        "slow-growth": (slow.growth - usual.growth) / (1 << 20),
        "slow-p99-usual": usual.p99,
        "slow-p99": slow.p99,
        "slow-p99-ratio": slow.p99 / usual.p99,
        "slow-closed": float(slow.closed),
        "slow-missing": float(slow.missing),
        "slow-recovered": float(slow.recovered),
    }
    return {name: Figure(value, slow.idle) for name, value in found.items()}


class Run:
    """One server, a few listeners, and one client that may stop reading."""

    def __init__(self, make: Callable[[], Server], plan: Plan, *, stops: bool) -> None:
        self.load, self.count = Load(), plan.pick(3000, 20_000)
        self.warm_up = plan.pick(500, 5000)
        with make() as server:
            self._connect(server)
            self._pace(self.warm_up)
            before = self.peak = server.resident()
            if stops:
                self.load.mute(self._socket())
            self.load.start_lap()
            for counter in self.counters:
                counter.keep_stamps()
            self._pace(self.count, lambda: self._note(server))
            self.idle = self.load.idle_share()
            self.growth = self.peak - before
            self.p99 = quantile(delays(self.counters), 0.99) * 1000
            self._return(stops)

    def _connect(self, server: Server) -> None:
        load, port = self.load, server.port
        sender = Client(load, port, "sender", ROOM, urgent=True)
        others = [Client(load, port, f"reader{n}", ROOM) for n in range(OTHERS)]
        self.client = Client(load, port, "slow", ROOM)
        self.client.receive_buffer = RECEIVE_BUFFER
        self.member = Member(self.client)
        connect_all(load, [*others, self.client, sender])
        load.run_for(0.5)
        self.counters = [Counter(other) for other in others]
        self.pacer = Pacer(load, sender, PER_SECOND, TEXT)

    def _socket(self) -> socket:
        assert self.client.sock is not None
        return self.client.sock

    def _pace(self, count: int, note: Callable[[], None] = lambda: None) -> None:
        self.pacer.start(count)
        while not self.pacer.finished:
            self.load.run_for(0.1)
            note()
        everything = self.pacer.sent
        self.load.run_until(
            lambda: all(c.count == everything for c in self.counters), 60, "all delivered"
        )

    def _note(self, server: Server) -> None:
        self.peak = max(self.peak, server.resident())

    def _return(self, stops: bool) -> None:
        """Read again what is left; when closed, come back, and have everything in the end."""
        everything = self.pacer.sent
        self.closed = False
        if stops:
            self.client.on_lost = self._come_back
            self.load.unmute(self._socket())
        self.load.run_until(lambda: self.member.last == everything, 60, "the slow one has all")
        self.recovered = self.member.recoveries
        self.missing = self.member.missing(everything) + self.member.doubles()

    def _come_back(self, client: Client) -> None:
        self.closed = True
        self.load.after(0.5, lambda: self.member.come_back(self.pacer.acked))


def sides(plan: Plan) -> dict[str, Measure]:
    """Give what is to be measured alternately."""
    return {
        "me-api": lambda: measure(Ours, plan),
        "socket.io": lambda: measure(lambda: SocketIO(recovery=1), plan),
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
        " Growth is the highest resident size less that of the same run with everybody reading.",
    ),
)
