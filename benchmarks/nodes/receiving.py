"""What it costs a node without clients to receive what another one stores."""

from __future__ import annotations

from benchmarks.clients import ClientGroup
from benchmarks.load import EventLoop
from benchmarks.nodes.site import Node, Site, running
from benchmarks.ratios import Ratio
from benchmarks.results import Mark, Plan

SENDERS, IN_FLIGHT = 4, 8
RECEIVER = "benchmarks.nodes.receiver"
WAYS = {"notify": RECEIVER, "redis": RECEIVER, "polling": "benchmarks.nodes.polling"}
ROWS = (
    Ratio(
        "Receiving by NOTIFY : by Redis",
        "µs of processor/message",
        "received, notify",
        "received, redis",
        Mark(2.0, at_least=False),
    ),
    Ratio(
        "Receiving by Redis : by polling alone",
        "µs of processor/message",
        "received, redis",
        "received, polling",
        Mark(0.7, at_least=False),
    ),
)


def measure(site: Site, plan: Plan) -> dict[str, float]:
    """Measure a receiver of each kind, with the same senders."""
    own, loop = Node("a", site.create(), redis_url=site.redis_url), EventLoop()
    with running(own, doorbell="redis"):
        group = ClientGroup(loop, own.port, listeners=0, senders=SENDERS)
        return {f"received, {way}": _measure(site, own, group, way, plan) for way in WAYS}


def _measure(site: Site, own: Node, group: ClientGroup, way: str, plan: Plan) -> float:
    """Return the µs of processor that a receiver has used for each message."""
    settings = {"redis_url": site.redis_url} if way == "redis" else {}
    other = Node("b", str(own.settings["database_url"]), WAYS[way], **settings)
    with running(other, doorbell="redis" if way == "redis" else "notify"):
        before, acked = other.processor_seconds(), group.acked
        group.start(IN_FLIGHT)
        group.loop.run_for(plan.seconds)
        group.stop_and_verify()
        other.wait("rev", {own.status()["rev"]})
        used = other.processor_seconds() - before
    return used / (group.acked - acked) * 1e6
