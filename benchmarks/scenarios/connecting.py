"""Connecting: how many clients a second connect, say who they are, and join a room."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from benchmarks.client import Client
from benchmarks.clients import connect_all
from benchmarks.load import EventLoop
from benchmarks.peer_servers import BunChat, BunSocketIO, NodeSocketIO
from benchmarks.results import Mark, Measurement, Measurements, MeasureSide, Plan, Row, Scenario
from benchmarks.servers import MeApi, Server

CLIENTS = 2000
WARM_UP = 100
ROOMS = tuple(f"room{number}" for number in range(40))


def measure(make: Callable[[], Server]) -> Measurements:
    """Connect 2,000 clients, 32 at the same time, after 100 to warm the server up."""
    loop = EventLoop()
    with make() as server:
        clients = [
            Client(loop, server.port, f"c{n}", ROOMS[n % len(ROOMS)])
            for n in range(CLIENTS + WARM_UP)
        ]
        connect_all(loop, clients[:WARM_UP])
        loop.run_for(0.5)
        loop.start_idle_timer()
        started = perf_counter()
        connect_all(loop, clients[WARM_UP:])
        rate, idle = CLIENTS / (perf_counter() - started), loop.idle_share()
        for client in clients:
            client.reset()
    return {"connecting": Measurement(rate, idle)}


def sides(plan: Plan) -> dict[str, MeasureSide]:
    return {
        "me-api": lambda: measure(lambda: MeApi(rooms=",".join(("lobby", *ROOMS)))),
        "socket.io": lambda: measure(NodeSocketIO),
        "socket.io on Bun": lambda: measure(BunSocketIO),
        "bun-batched": lambda: measure(BunChat),
    }


def _row(peer: str, bound: float | None = None) -> Row:
    title = f"Connecting {CLIENTS:,} clients"
    return Row("connecting", title, "clients/s", peer, None if bound is None else Mark(bound))


SCENARIO = Scenario(
    "connecting",
    (_row("socket.io", 2.0), _row("socket.io on Bun"), _row("bun-batched")),
    sides,
    rounds=(3, 5),
    notes=(
        "Connecting: TCP, WebSocket, Engine.IO, Socket.IO and `join`, 32 clients at the same time,"
        " 50 in a room. me-api stores a session for each, and broadcasts presence to the room; the"
        " peers do neither.",
    ),
)
