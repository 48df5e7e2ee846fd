"""Paced load: delivery times of four messages a second, in a room of 1,000 clients."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

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
from benchmarks.senders import ConstantRateSender
from benchmarks.servers import MeApi, Server

CLIENTS = 1000
PER_SECOND = 4
POSTED = re.compile(rb"\^(\d+) ([\d.]+) ")


def measure(make: Callable[[], Server], plan: Plan) -> Measurements:
    """Measure the time from posting to receiving, for each message and each client."""
    loop = EventLoop()
    with make() as server:
        sending = Client(loop, server.port, "sender", ROOM, urgent=True)
        readers = [Client(loop, server.port, f"reader{n}", ROOM) for n in range(CLIENTS)]
        connect_all(loop, [*readers, sending])
        loop.run_for(1)
        counters = [MessageCounter(reader) for reader in readers]
        for counter in counters:
            counter.record_arrivals()
        sender = ConstantRateSender(loop, sending, PER_SECOND)
        loop.start_idle_timer()
        sender.start(PER_SECOND * plan.pick(6, 20))
        loop.run_until(lambda: sender.finished, 60, "all posted")
        loop.run_until(lambda: all(c.count == sender.sent for c in counters), 20, "all delivered")
        idle = loop.idle_share()
    return _measurements(list(delivery_times(counters)), idle)


def delivery_times(counters: Iterable[MessageCounter]) -> Iterable[float]:
    """Yield the seconds that each delivery has taken; the text contains the time of the post."""
    for counter in counters:
        for received, data in counter.arrivals or ():
            for _, posted in POSTED.findall(data):
                yield received - float(posted)


def _measurements(seconds: list[float], idle: float) -> Measurements:
    return {
        "paced-p50": Measurement(quantile(seconds, 0.5) * 1000, idle),
        "paced-p99": Measurement(quantile(seconds, 0.99) * 1000, idle),
    }


def sides(plan: Plan) -> dict[str, MeasureSide]:
    return {
        "me-api": lambda: measure(lambda: MeApi(rate_limits="on"), plan),
        "socket.io": lambda: measure(NodeSocketIO, plan),
    }


def _row(percentile: str) -> Row:
    title = f"Paced: {CLIENTS:,} clients, {PER_SECOND} messages/s, delivery {percentile}"
    return Row(f"paced-{percentile}", title, "ms", mark=Mark(1.0, at_least=False))


SCENARIO = Scenario("paced", (_row("p50"), _row("p99")), sides)
