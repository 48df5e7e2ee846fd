"""Churn: thousands connect and drop, and an hour of messages passes; what is left of it?"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.client import Client
from benchmarks.clients import ROOM, Crowd
from benchmarks.load import Load
from benchmarks.results import Figure, Figures, Mark, Measure, Plan, Row, Scenario
from benchmarks.servers import Ours, Server, SocketIO

AT_ONCE = 32
GRACE = 12
"""Seconds until nobody who has gone is counted as present any more."""


def measure(make: Callable[[], Server], plan: Plan) -> Figures:
    """Measure the resident size after a warm-up, and after many times as much."""
    return {
        "churn-connections": _grown(make, plan, _churn, plan.pick(1000, 2000), 10_000),
        "churn-messages": _grown(make, plan, _chat, 10_000, 36_000),
    }


def _grown(
    make: Callable[[], Server],
    plan: Plan,
    act: Callable[[Load, Server, int], None],
    warm_up: int,
    count: int,
) -> Figure:
    load = Load()
    with make() as server:
        sizes = []
        for number in (warm_up, plan.pick(count // 9, count)):
            load.start_lap()
            act(load, server, number)
            load.run_for(plan.pick(2, GRACE))
            sizes.append(server.resident())
    return Figure(100 * (sizes[1] / sizes[0] - 1), load.idle_share())


def _churn(load: Load, server: Server, count: int) -> None:
    """Connect, join and drop so many times, each time as somebody else."""
    left, open_now = count, 0

    def begin() -> None:
        nonlocal left, open_now
        left, open_now = left - 1, open_now + 1
        client = Client(load, server.port, f"c{left}", ROOM)
        client.on_live = lambda client: load.after(0, lambda: end(client))
        client.on_lost = lambda client: load.after(0.2, client.open)
        client.open()

    def end(client: Client) -> None:
        nonlocal open_now
        client.kill()
        open_now -= 1
        if left:
            begin()

    for _ in range(AT_ONCE):
        begin()
    load.run_until(lambda: not left and not open_now, 600, "all came and went")


def _chat(load: Load, server: Server, count: int) -> None:
    """Have so many messages posted to a room of 20, and everybody gone."""
    crowd = Crowd(load, server.port, listeners=20, senders=1)
    crowd.send(16)
    load.run_until(lambda: crowd.acked >= count, 600, "all posted")
    crowd.settle()
    for client in [c.client for c in crowd.counters] + [s.client for s in crowd.senders]:
        client.kill()


def sides(plan: Plan) -> dict[str, Measure]:
    """Give what is to be measured alternately."""
    return {
        "me-api": lambda: measure(Ours, plan),
        "socket.io": lambda: measure(SocketIO, plan),
    }


FIVE = Mark(5, at_least=False, ratio=False, unit=" %")
SCENARIO = Scenario(
    "churn",
    (
        Row(
            "churn-connections", "Churn: memory left after 10,000 connect-and-drop", "%", mark=FIVE
        ),
        Row("churn-messages", "Churn: memory left after an hour of messages", "%", mark=FIVE),
    ),
    sides,
    notes=(
        "Churn: the resident size after a warm-up (2,000 connections; 10,000 messages) against that"
        " after 10,000 more connections, or 36,000 more messages, an hour of 10/s."
        " The short form has 1,000 and 1,100 connections, 10,000 and 4,000 messages, and"
        " does not wait until those who left are gone.",
    ),
)
