"""Storm: 2,000 clients reconnect at once, each of which has missed 100 messages."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from benchmarks.client import Client
from benchmarks.clients import ROOM, connect_all
from benchmarks.load import EventLoop
from benchmarks.peer_servers import NodeSocketIO
from benchmarks.results import Mark, Measurement, Measurements, MeasureSide, Plan, Row, Scenario
from benchmarks.senders import ConstantRateSender
from benchmarks.servers import MeApi, Server
from benchmarks.tracked_client import TrackedClient

MISSED = 100
RETRY = 0.5
"""Seconds until a client whose connection has failed tries again."""


def measure(make: Callable[[], Server], plan: Plan) -> Measurements:
    """Measure the time from the first reconnect until all clients have received everything."""
    loop = EventLoop()
    with make() as server:
        clients = [Client(loop, server.port, f"c{n}", ROOM) for n in range(plan.pick(1000, 2000))]
        tracked_clients = [TrackedClient(client) for client in clients]
        sending = Client(loop, server.port, "sender", ROOM, urgent=True)
        connect_all(loop, [*clients, sending])
        sender = ConstantRateSender(loop, sending, 200)
        # Each client needs the offset of a first message for its session to be recovered.
        _post(loop, sender, 1)
        loop.run_until(
            lambda: all(tracked.highest == 1 for tracked in tracked_clients),
            20,
            "the first is everywhere",
        )
        for client in clients:
            client.reset()
        loop.run_for(2)
        _post(loop, sender, MISSED)
        return _reconnect_all(loop, tracked_clients)


def _post(loop: EventLoop, sender: ConstantRateSender, count: int) -> None:
    sender.start(count)
    loop.run_until(lambda: sender.finished, 30, "all posted")


def _reconnect_all(loop: EventLoop, clients: list[TrackedClient]) -> Measurements:
    for tracked in clients:
        tracked.client.on_disconnect = lambda client: loop.call_later(RETRY, client.open)
        tracked.deferred = []
    loop.start_idle_timer()
    started = perf_counter()
    for tracked in clients:
        tracked.reconnect(1 + MISSED)
    loop.run_until(lambda: all(_caught_up(t) for t in clients), 120, "all have caught up")
    idle = loop.idle_share()
    # Duplicates may still arrive after the last missed message.
    loop.run_for(1)
    for tracked in clients:
        tracked.parse_deferred()
    values = {
        "seconds": max(tracked.last_arrival for tracked in clients) - started,
        "recovered": 100 * sum(tracked.recoveries for tracked in clients) / len(clients),
        "missing": float(sum(tracked.missing(1 + MISSED) for tracked in clients)),
        "doubles": float(sum(tracked.duplicates() + tracked.out_of_order for tracked in clients)),
    }
    return {f"storm-{key}": Measurement(value, idle) for key, value in values.items()}


def _caught_up(tracked: TrackedClient) -> bool:
    """Return whether a client has received what it missed, or is live without a recovery.

    In the second case nothing more will arrive, and the missing messages are counted.
    """
    received = len(tracked.deferred or ()) + tracked.deliveries.total() - 1
    return received >= MISSED or (tracked.client.live and not tracked.client.recovered)


def sides(plan: Plan) -> dict[str, MeasureSide]:
    return {
        "me-api": lambda: measure(MeApi, plan),
        "socket.io": lambda: measure(lambda: NodeSocketIO(recovery=1), plan),
    }


NONE = Mark(0, at_least=False, ratio=False, unit="")
TITLE = "Storm: all come back at once, 100 missed each"
SCENARIO = Scenario(
    "storm",
    (
        Row("storm-seconds", f"{TITLE}: until all have all", "s", mark=Mark(1.0, at_least=False)),
        Row("storm-recovered", f"{TITLE}: recovered", "%"),
        Row("storm-missing", f"{TITLE}: missing", "messages", mark=NONE),
        Row("storm-doubles", f"{TITLE}: twice or out of order", "messages", mark=NONE),
    ),
    sides,
    notes=("Storm: 2,000 clients in the long form, 1,000 in the short one.",),
)
