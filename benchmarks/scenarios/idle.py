"""Idle memory: by how much a server grows for each connection without traffic."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.client import Client
from benchmarks.clients import connect_all
from benchmarks.load import EventLoop, raise_file_limit
from benchmarks.peer_servers import EmittingMeApi, NodeSocketIO
from benchmarks.results import Mark, Measurement, Measurements, MeasureSide, Plan, Row, Scenario
from benchmarks.servers import MeApi, Server

ROOMS = tuple(f"room{number}" for number in range(100))
SPARE_FILES = 200
"""Open files that the load generator needs for other things than connections."""


def measure(make: Callable[[], Server], plan: Plan, name: str = "idle-memory") -> Measurements:
    """Measure by how much the server grows per connection, after 100 to warm it up."""
    loop, limit = EventLoop(), raise_file_limit()
    count = min(plan.pick(2000, 5000), limit - SPARE_FILES)
    with make() as server:
        clients = [
            Client(loop, server.port, f"c{n}", ROOMS[n % len(ROOMS)]) for n in range(count + 100)
        ]
        connect_all(loop, clients[:100])
        loop.run_for(1)
        before = server.resident()
        connect_all(loop, clients[100:], 300)
        loop.run_for(3)
        loop.start_idle_timer()
        growth = server.resident() - before
        loop.run_for(0.1)
        for client in clients:
            client.reset()
    return {name: Measurement(growth / count / 1024, loop.idle_share())}


def measure_both(plan: Plan) -> Measurements:
    """Measure ours with connections to a feature, and with connections to stock handlers."""
    of_feature = measure(lambda: MeApi(rooms=",".join(("lobby", *ROOMS))), plan)
    return of_feature | measure(EmittingMeApi, plan, "idle-stock")


def sides(plan: Plan) -> dict[str, MeasureSide]:
    return {
        "me-api": lambda: measure_both(plan),
        "socket.io": lambda: measure(NodeSocketIO, plan),
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
        Row(
            "idle-stock",
            "Idle memory of a WebSocket connection to stock handlers",
            "KB",
            peer=None,
            mark=Mark(12, at_least=False, ratio=False, unit=" KB"),
        ),
    ),
    sides,
    notes=(
        "Idle memory: growth of the resident size by 5,000 connections (2,000 in the short form),"
        " each a guest with a nick, 50 in a room, 3 s after the last has joined.",
        "To stock handlers: each with a session of Flask, which has its nick.",
    ),
)
