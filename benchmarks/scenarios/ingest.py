"""Ingest: messages a second that are validated, checked against limits, stored, acknowledged."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.clients import ClientGroup
from benchmarks.load import EventLoop
from benchmarks.peer_servers import BunChat, BunSocketIO, FlaskSocketIO, NodeSocketIO
from benchmarks.results import Mark, Measurement, Measurements, MeasureSide, Plan, Row, Scenario
from benchmarks.scenarios.fanout import measure_rate
from benchmarks.servers import MeApi, Server

TEN_ROOMS = tuple(f"room{number}" for number in range(10))


def measure(make: Callable[[], Server], plan: Plan) -> Measurements:
    """Measure 4 senders in one room, and 50 in ten rooms, each time on a fresh server."""
    return {
        "ingest-4x16": _measure(make, plan, 4, 16, ("lobby",)),
        "ingest-50x4": _measure(make, plan, 50, 4, TEN_ROOMS),
    }


def _measure(
    make: Callable[[], Server], plan: Plan, senders: int, in_flight: int, rooms: tuple[str, ...]
) -> Measurement:
    loop = EventLoop()
    with make() as server:
        group = ClientGroup(loop, server.port, listeners=0, senders=senders, rooms=rooms)
        group.start(in_flight)
        measurement = measure_rate(loop, lambda: group.acked, plan)
        group.stop_and_verify()
    return measurement


def sides(plan: Plan) -> dict[str, MeasureSide]:
    return {
        "me-api": lambda: measure(lambda: MeApi(rooms=",".join(("lobby", *TEN_ROOMS))), plan),
        "socket.io": lambda: measure(NodeSocketIO, plan),
        "socket.io, batching": lambda: measure(lambda: NodeSocketIO(batching=1), plan),
        "bun-batched": lambda: measure(BunChat, plan),
        "socket.io on Bun": lambda: measure(BunSocketIO, plan),
        "Flask-SocketIO": lambda: measure(FlaskSocketIO, plan),
    }


def _rows(peer: str, mark: Mark | None) -> tuple[Row, ...]:
    few, many = "Ingest, 4 senders × 16 in flight", "Ingest, 50 senders × 4 in flight, 10 rooms"
    unit = "acknowledged messages/s"
    return Row("ingest-4x16", few, unit, peer, mark), Row("ingest-50x4", many, unit, peer, mark)


SCENARIO = Scenario(
    "ingest",
    (
        *_rows("socket.io", Mark(2.0)),
        *_rows("socket.io, batching", Mark(1.0)),
        *_rows("bun-batched", Mark(0.4)),
        *_rows("socket.io on Bun", None),
        *_rows("Flask-SocketIO", None),
    ),
    sides,
    notes=(
        "me-api checks every post against its rate limit; the limit itself is raised"
        " (`benchmarks/entry.py`), because one sender of a benchmark posts more than people do."
        " The peers check nothing.",
        "socket.io, batching: all posts of a turn of Node's event loop are one transaction.",
    ),
)
