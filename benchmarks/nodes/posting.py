"""How many posts a second are acknowledged: by one node, by three, with the log locked first."""

from __future__ import annotations

from benchmarks.clients import ClientGroup
from benchmarks.load import EventLoop
from benchmarks.nodes.site import Node, Site, running
from benchmarks.ratios import Ratio
from benchmarks.results import Mark, Plan
from benchmarks.scenarios.fanout import measure_rate

NAMES = ("a", "b", "c")
SENDERS, IN_FLIGHT = 32, 4
"""At each node; each sender is alone in its room."""
LOCK_FIRST = "benchmarks.nodes.lock_first"
ONE, THREE, LOCKED = "posts, 1 node", "posts, 3 nodes", "posts, 3 nodes, lock first"
ROWS = (
    Ratio("Three nodes : one node", "acknowledged messages/s", THREE, ONE, Mark(1.0)),
    Ratio(
        "Three nodes, one statement : lock first",
        "acknowledged messages/s",
        THREE,
        LOCKED,
        Mark(1.25),
    ),
)


def measure(site: Site, plan: Plan) -> dict[str, float]:
    """Measure all of it, each on a fresh database."""
    return {
        ONE: _rate(site, NAMES[:1], Node.entry, plan),
        THREE: _rate(site, NAMES, Node.entry, plan),
        LOCKED: _rate(site, NAMES, LOCK_FIRST, plan),
    }


def _rate(site: Site, names: tuple[str, ...], entry: str, plan: Plan) -> float:
    url = site.create()
    rooms = {name: [f"{name}{number}" for number in range(SENDERS)] for name in NAMES}
    every = ",".join(["lobby", *(room for own in rooms.values() for room in own)])
    nodes = {name: Node(name, url, entry, rooms=every) for name in names}
    loop = EventLoop()
    with running(*nodes.values()):
        groups = [
            ClientGroup(loop, node.port, 0, SENDERS, tuple(rooms[name]), names=name)
            for name, node in nodes.items()
        ]
        for group in groups:
            group.start(IN_FLIGHT)
        rate = measure_rate(loop, lambda: sum(group.acked for group in groups), plan)
        for group in groups:
            group.stop_and_verify()
    return rate.value
