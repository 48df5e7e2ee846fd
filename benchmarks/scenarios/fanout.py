"""Fan-out: deliveries a second to a room of 500 clients, of messages that are stored first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter

from benchmarks.clients import ClientGroup
from benchmarks.load import EventLoop
from benchmarks.peer_servers import BunChat, BunSocketIO, FlaskSocketIO, NodeSocketIO, Redis
from benchmarks.pubsub import PubSub
from benchmarks.results import Mark, Measurement, Measurements, MeasureSide, Plan, Row, Scenario
from benchmarks.servers import MeApi, Server

CLIENTS = 500
BOUNDS = {1: 1.2, 4: 2.0, 16: 7.0, 64: 15.0}
BUN_BOUNDS = {1: 0.9, 4: 0.9, 16: 0.8, 64: 0.9}
REDIS_BOUNDS = {1: None, 4: None, 16: 0.4, 64: 0.4}
"""For each number of messages in flight, the lowest ratio to the peer."""
WARM_UP = 0.5


def measure_chat(make: Callable[[], Server], plan: Plan) -> Measurements:
    """Measure a server of the chat with each number of messages in flight."""
    return measure_deliveries("fanout", BOUNDS, make, connect_clients, plan)


def measure_redis(plan: Plan) -> Measurements:
    """Measure Redis' PUBLISH with the same messages, which it does not store."""
    return measure_deliveries("fanout", BOUNDS, Redis, connect_subscribers, plan)


def connect_clients(loop: EventLoop, port: int) -> ClientGroup:
    """Connect the clients of a chat, one of which sends."""
    return ClientGroup(loop, port, listeners=CLIENTS - 1, senders=1)


def connect_subscribers(loop: EventLoop, port: int) -> PubSub:
    """Connect the subscribers of Redis, and a publisher."""
    return PubSub(loop, port, CLIENTS)


def measure_deliveries(
    name: str,
    numbers: Iterable[int],
    make: Callable[[], Server],
    connect: Callable[[EventLoop, int], ClientGroup | PubSub],
    plan: Plan,
) -> Measurements:
    """Measure deliveries of a server with each of these numbers of messages in flight."""
    loop, measurements = EventLoop(), {}
    with make() as server:
        group = connect(loop, server.port)
        for in_flight in numbers:
            group.start(in_flight)
            measurements[f"{name}-{in_flight}"] = measure_rate(loop, lambda: group.delivered, plan)
            group.stop_and_verify()
    return measurements


def measure_rate(loop: EventLoop, count: Callable[[], int], plan: Plan) -> Measurement:
    """Measure by how much the count grows per second, after a warm-up.

    Runs the event loop; senders must have been started before.
    """
    loop.run_for(WARM_UP)
    loop.start_idle_timer()
    before, started = count(), perf_counter()
    loop.run_for(plan.seconds)
    grown, idle = count() - before, loop.idle_share()
    return Measurement(grown / (perf_counter() - started), idle)


def sides(plan: Plan) -> dict[str, MeasureSide]:
    measuring: dict[str, MeasureSide] = {
        "me-api": lambda: measure_chat(MeApi, plan),
        "socket.io": lambda: measure_chat(NodeSocketIO, plan),
        "bun-batched": lambda: measure_chat(BunChat, plan),
        "socket.io on Bun": lambda: measure_chat(BunSocketIO, plan),
        "Flask-SocketIO": lambda: measure_chat(FlaskSocketIO, plan),
    }
    if Redis.installed():
        measuring["Redis"] = lambda: measure_redis(plan)
    return measuring


def _row(in_flight: int, peer: str, bound: float | None) -> Row:
    title = f"Fan-out to {CLIENTS}, {in_flight} in flight"
    mark = None if bound is None else Mark(bound)
    return Row(f"fanout-{in_flight}", title, "deliveries/s", peer, mark)


SCENARIO = Scenario(
    "fanout",
    (
        *(_row(n, "socket.io", bound) for n, bound in BOUNDS.items()),
        *(_row(n, "bun-batched", bound) for n, bound in BUN_BOUNDS.items()),
        *(_row(n, "socket.io on Bun", None) for n in BOUNDS),
        *(_row(n, "Flask-SocketIO", None) for n in BOUNDS),
        *(_row(n, "Redis", bound) for n, bound in REDIS_BOUNDS.items()),
    ),
    sides,
    notes=(
        "bun-batched: `Bun.serve` with Socket.IO's packets written by hand; all posts of a turn of"
        " its event loop are one transaction, then it publishes, then it acknowledges.",
        "Redis: `PUBLISH` of the same message to 500 subscribers; nothing is stored. It needs"
        " `redis-server` (Debian: `apt-get install redis-server`); without it, its rows are left"
        " out.",
    ),
)
