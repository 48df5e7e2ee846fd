"""Churn: how much memory remains after thousands of connections, and after many messages?"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.client import Client
from benchmarks.clients import CONCURRENT_CONNECTS, ROOM, ClientGroup
from benchmarks.load import EventLoop
from benchmarks.peer_servers import NodeSocketIO
from benchmarks.results import Mark, Measurement, Measurements, MeasureSide, Plan, Row, Scenario
from benchmarks.servers import MeApi, Server

GRACE = 12
"""Seconds until disconnected users are no longer counted as present."""


def measure(make: Callable[[], Server], plan: Plan) -> Measurements:
    """Measure how much the resident size grows between a warm-up and a multiple of its load."""
    return {
        "churn-connections": _grown(make, plan, _churn, plan.pick(1000, 2000), 10_000),
        "churn-messages": _grown(make, plan, _chat, 10_000, 36_000),
    }


def _grown(
    make: Callable[[], Server],
    plan: Plan,
    act: Callable[[EventLoop, Server, int], None],
    warm_up: int,
    count: int,
) -> Measurement:
    loop = EventLoop()
    with make() as server:
        sizes = []
        for size in (warm_up, plan.pick(count // 9, count)):
            loop.start_idle_timer()
            act(loop, server, size)
            loop.run_for(plan.pick(2, GRACE))
            sizes.append(server.resident())
    return Measurement(100 * (sizes[1] / sizes[0] - 1), loop.idle_share())


def _churn(loop: EventLoop, server: Server, count: int) -> None:
    """Connect, join and reset `count` connections, each of another user."""
    remaining, connected = count, 0

    def open_next() -> None:
        nonlocal remaining, connected
        remaining, connected = remaining - 1, connected + 1
        client = Client(loop, server.port, f"c{remaining}", ROOM)
        # Not within the callback, as the client is still processing what it has read.
        client.on_live = lambda client: loop.call_later(0, lambda: close(client))
        client.on_disconnect = lambda client: loop.call_later(0.2, client.open)
        client.open()

    def close(client: Client) -> None:
        nonlocal connected
        client.reset()
        connected -= 1
        if remaining:
            open_next()

    for _ in range(CONCURRENT_CONNECTS):
        open_next()
    loop.run_until(lambda: not remaining and not connected, 600, "all connected and reset")


def _chat(loop: EventLoop, server: Server, count: int) -> None:
    """Post `count` messages to a room of 21 clients, and then reset all connections."""
    group = ClientGroup(loop, server.port, listeners=20, senders=1)
    group.start(16)
    loop.run_until(lambda: group.acked >= count, 600, "all posted")
    group.stop_and_verify()
    for client in [c.client for c in group.counters] + [s.client for s in group.senders]:
        client.reset()


def sides(plan: Plan) -> dict[str, MeasureSide]:
    return {
        "me-api": lambda: measure(MeApi, plan),
        "socket.io": lambda: measure(NodeSocketIO, plan),
    }


FIVE_PERCENT = Mark(5, at_least=False, ratio=False, unit=" %")
SCENARIO = Scenario(
    "churn",
    (
        Row(
            "churn-connections",
            "Churn: memory left after 10,000 connect-and-drop",
            "%",
            mark=FIVE_PERCENT,
        ),
        Row(
            "churn-messages", "Churn: memory left after an hour of messages", "%", mark=FIVE_PERCENT
        ),
    ),
    sides,
    notes=(
        "Churn: the resident size after a warm-up (2,000 connections; 10,000 messages) against that"
        " after 10,000 more connections, or 36,000 more messages, an hour of 10/s."
        " The short form has 1,000 and 1,100 connections, 10,000 and 4,000 messages, and"
        " does not wait until disconnected users are no longer present.",
    ),
)
