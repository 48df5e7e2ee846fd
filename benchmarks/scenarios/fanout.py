"""Fan-out: one room of 500, each message on disk before it is shown to all."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from benchmarks.clients import Crowd
from benchmarks.load import Load
from benchmarks.pubsub import PubSub
from benchmarks.results import Figure, Figures, Mark, Measure, Plan, Row, Scenario
from benchmarks.servers import Ours, Redis, Server, SocketIO, Stock

CLIENTS = 500
IN_FLIGHT = {1: 1.2, 4: 2.0, 16: 7.0, 64: 15.0}
AGAINST_REDIS = {1: None, 4: None, 16: 0.4, 64: 0.4}
WARM_UP = 0.5


def measure_crowd(make: Callable[[], Server], plan: Plan) -> Figures:
    """Start a server and measure each number of messages in flight on it."""
    load, figures = Load(), {}
    with make() as server:
        crowd = Crowd(load, server.port, listeners=CLIENTS - 1, senders=1)
        for in_flight in IN_FLIGHT:
            crowd.send(in_flight)
            figures[f"fanout-{in_flight}"] = rate(load, lambda: crowd.delivered, plan)
            crowd.settle()
    return figures


def measure_redis(plan: Plan) -> Figures:
    """Measure what PUBLISH does with the same messages; it stores nothing."""
    load, figures = Load(), {}
    with Redis() as server:
        crowd = PubSub(load, server.port, CLIENTS)
        for in_flight in IN_FLIGHT:
            crowd.send(in_flight)
            figures[f"fanout-{in_flight}"] = rate(load, lambda: crowd.delivered, plan)
            crowd.settle()
    return figures


def rate(load: Load, count: Callable[[], int], plan: Plan) -> Figure:
    """Measure how fast something grows, once it is warm."""
    load.run_for(WARM_UP)
    load.start_lap()
    before, since = count(), perf_counter()
    load.run_for(plan.seconds)
    grown, idle = count() - before, load.idle_share()
    return Figure(grown / (perf_counter() - since), idle)


def sides(plan: Plan) -> dict[str, Measure]:
    """Give what is to be measured alternately."""
    found: dict[str, Measure] = {
        "me-api": lambda: measure_crowd(Ours, plan),
        "socket.io": lambda: measure_crowd(SocketIO, plan),
        "Flask-SocketIO": lambda: measure_crowd(Stock, plan),
    }
    if Redis.installed():
        found["Redis"] = lambda: measure_redis(plan)
    return found


def _row(in_flight: int, peer: str, bound: float | None) -> Row:
    title = f"Fan-out to {CLIENTS}, {in_flight} in flight"
    mark = None if bound is None else Mark(bound)
    return Row(f"fanout-{in_flight}", title, "deliveries/s", peer, mark)


SCENARIO = Scenario(
    "fanout",
    (
        *(_row(n, "socket.io", bound) for n, bound in IN_FLIGHT.items()),
        *(_row(n, "Flask-SocketIO", None) for n in IN_FLIGHT),
        *(_row(n, "Redis", bound) for n, bound in AGAINST_REDIS.items()),
    ),
    sides,
    notes=(
        "Redis: `PUBLISH` of the same message to 500 subscribers; nothing is stored. It needs"
        " `redis-server` (Debian: `apt-get install redis-server`); without it its rows stay out.",
    ),
)
