"""Connecting: how many clients a second connect, and how many connect and join a room."""

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
    """Measure connecting alone, and connecting and joining a room, each on a fresh server."""
    return {"connecting": _measure(make, (None,)), "joining": _measure(make, ROOMS)}


def _measure(make: Callable[[], Server], rooms: tuple[str | None, ...]) -> Measurement:
    """Connect 2,000 clients, 32 at the same time, after 100 to warm the server up."""
    loop = EventLoop()
    with make() as server:
        clients = [
            Client(loop, server.port, f"c{n}", rooms[n % len(rooms)])
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
    return Measurement(rate, idle)


def sides(plan: Plan) -> dict[str, MeasureSide]:
    return {
        "me-api": lambda: measure(lambda: MeApi(rooms=",".join(("lobby", *ROOMS)))),
        "socket.io": lambda: measure(NodeSocketIO),
        "socket.io on Bun": lambda: measure(BunSocketIO),
        "bun-batched": lambda: measure(BunChat),
    }


TITLES = {
    "connecting": f"Connecting {CLIENTS:,} clients",
    "joining": f"Connecting {CLIENTS:,} clients, and joining a room",
}


def _rows(peer: str, bound: float | None = None) -> tuple[Row, ...]:
    marks = {"connecting": None if bound is None else Mark(bound)}
    return tuple(
        Row(key, title, "clients/s", peer, marks.get(key)) for key, title in TITLES.items()
    )


SCENARIO = Scenario(
    "connecting",
    (*_rows("socket.io", 2.0), *_rows("socket.io on Bun"), *_rows("bun-batched")),
    sides,
    rounds=(3, 5),
    notes=(
        "Connecting: TCP, WebSocket, Engine.IO and Socket.IO, 32 clients at the same time; rooms"
        " have 50 members. me-api also stores a session for each client, reserves its nick, and"
        " broadcasts to the room who joins; the peers do none of it.",
    ),
)
