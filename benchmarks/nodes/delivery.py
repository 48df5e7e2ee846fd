"""How long a message takes to clients of the node that stores it, and to those of another."""

from __future__ import annotations

from benchmarks.client import Client
from benchmarks.clients import ROOM, connect_all
from benchmarks.counter import MessageCounter
from benchmarks.load import EventLoop
from benchmarks.nodes.site import Node, Site, running
from benchmarks.ratios import Ratio
from benchmarks.results import Mark, Plan, quantile
from benchmarks.scenarios.paced import delivery_times
from benchmarks.senders import ConstantRateSender

PER_SECOND = 40
WAYS = {"notify": "NOTIFY", "redis": "Redis"}
MARKS = {"notify": 1.5, "redis": 1.2}
ROWS = tuple(
    Ratio(
        f"Delivery at the other node : at one's own, by {name}, p50",
        "ms",
        f"delivery elsewhere, {way}",
        f"delivery, {way}",
        Mark(MARKS[way], at_least=False),
    )
    for way, name in WAYS.items()
)


def measure(site: Site, plan: Plan) -> dict[str, float]:
    """Measure it with rings by NOTIFY, and by Redis."""
    return {k: v for way in WAYS for k, v in _measure(site, way, plan).items()}


def _measure(site: Site, way: str, plan: Plan) -> dict[str, float]:
    url = site.create()
    settings = {"redis_url": site.redis_url} if way == "redis" else {}
    own, other = Node("a", url, **settings), Node("b", url, **settings)
    loop = EventLoop()
    with running(own, other, doorbell=way):
        sending = Client(loop, own.port, "sender", ROOM, urgent=True)
        readers = [Client(loop, node.port, f"at {node.port}", ROOM) for node in (own, other)]
        connect_all(loop, [*readers, sending])
        loop.run_for(1)
        counters = [MessageCounter(reader) for reader in readers]
        for counter in counters:
            counter.record_arrivals()
        sender = ConstantRateSender(loop, sending, PER_SECOND)
        sender.start(int(PER_SECOND * plan.seconds))
        loop.run_until(lambda: sender.finished, 60, "all posted")
        loop.run_until(lambda: all(c.count == sender.sent for c in counters), 20, "all delivered")
    here, there = (quantile(delivery_times([counter]), 0.5) * 1000 for counter in counters)
    return {f"delivery, {way}": here, f"delivery elsewhere, {way}": there}
