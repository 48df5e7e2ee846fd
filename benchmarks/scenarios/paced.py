"""Paced load: a room of 1,000 hears four messages a second; how long does each take?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from benchmarks.client import Client
from benchmarks.clients import ROOM, connect_all
from benchmarks.counter import Counter
from benchmarks.load import Load
from benchmarks.results import Figure, Figures, Mark, Measure, Plan, Row, Scenario, quantile
from benchmarks.senders import Pacer
from benchmarks.servers import Ours, Server, SocketIO

CLIENTS = 1000
PER_SECOND = 4
TEXT = re.compile(rb"\^(\d+) ([\d.]+) ")


def measure(make: Callable[[], Server], plan: Plan) -> Figures:
    """Measure the time from posting a message to having it, for each message and client."""
    load = Load()
    with make() as server:
        sender = Client(load, server.port, "sender", ROOM, urgent=True)
        readers = [Client(load, server.port, f"reader{n}", ROOM) for n in range(CLIENTS)]
        connect_all(load, [*readers, sender])
        load.run_for(1)
        counters = [Counter(reader) for reader in readers]
        for counter in counters:
            counter.keep_stamps()
        pacer = Pacer(load, sender, PER_SECOND)
        load.start_lap()
        pacer.start(PER_SECOND * plan.pick(6, 20))
        load.run_until(lambda: pacer.finished, 60, "all posted")
        load.run_until(lambda: all(c.count == pacer.sent for c in counters), 20, "all delivered")
        idle = load.idle_share()
    return _figures(list(delays(counters)), idle)


def delays(counters: Iterable[Counter]) -> Iterable[float]:
    """Give how long every delivery took, in seconds; each text tells when it was posted."""
    for counter in counters:
        for arrived, data in counter.stamps or ():
            for _, posted in TEXT.findall(data):
                yield arrived - float(posted)


def _figures(seconds: list[float], idle: float) -> Figures:
    return {
        "paced-p50": Figure(quantile(seconds, 0.5) * 1000, idle),
        "paced-p99": Figure(quantile(seconds, 0.99) * 1000, idle),
    }


def sides(plan: Plan) -> dict[str, Measure]:
    """Give what is to be measured alternately."""
    return {
        "me-api": lambda: measure(lambda: Ours(rate_limits="on"), plan),
        "socket.io": lambda: measure(SocketIO, plan),
    }


def _row(part: str) -> Row:
    title = f"Paced: {CLIENTS:,} clients, {PER_SECOND} messages/s, delivery {part}"
    return Row(f"paced-{part}", title, "ms", mark=Mark(1.0, at_least=False))


SCENARIO = Scenario("paced", (_row("p50"), _row("p99")), sides)
