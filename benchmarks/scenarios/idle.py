"""Idle memory: what a connection costs that says and hears nothing."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.client import Client
from benchmarks.clients import connect_all
from benchmarks.load import Load, raise_file_limit
from benchmarks.results import Figure, Figures, Mark, Measure, Plan, Row, Scenario
from benchmarks.servers import Ours, Server, SocketIO

ROOMS = tuple(f"room{number}" for number in range(100))
SPARE_FILES = 200


def measure(make: Callable[[], Server], plan: Plan) -> Figures:
    """Measure how much the server grows by its connections, after a few to warm it up."""
    load, limit = Load(), raise_file_limit()
    count = min(plan.pick(2000, 5000), limit - SPARE_FILES)
    with make() as server:
        clients = [
            Client(load, server.port, f"c{n}", ROOMS[n % len(ROOMS)]) for n in range(count + 100)
        ]
        connect_all(load, clients[:100])
        load.run_for(1)
        before = server.resident()
        connect_all(load, clients[100:], 300)
        load.run_for(3)
        load.start_lap()
        grown = server.resident() - before
        load.run_for(0.1)
        for client in clients:
            client.kill()
    return {"idle-memory": Figure(grown / count / 1024, load.idle_share())}


def sides(plan: Plan) -> dict[str, Measure]:
    """Give what is to be measured alternately."""
    return {
        "me-api": lambda: measure(lambda: Ours(rooms=",".join(("lobby", *ROOMS))), plan),
        "socket.io": lambda: measure(SocketIO, plan),
    }


SCENARIO = Scenario(
    "idle",
    (
        Row(
            "idle-memory",
            "Idle memory of a WebSocket connection",
            "KB",
            mark=Mark(40, at_least=False, ratio=False, unit=" KB"),
        ),
    ),
    sides,
    notes=(
        "Idle memory: growth of the resident size by 5,000 connections (2,000 in the short form),"
        " each a guest with a nick, 50 in a room, 3 s after the last has joined.",
    ),
)
