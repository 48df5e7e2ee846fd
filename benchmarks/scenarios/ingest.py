"""Ingest: acknowledged durable messages a second, validated and checked against the limits."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.clients import Crowd
from benchmarks.load import Load
from benchmarks.results import Figure, Figures, Mark, Measure, Plan, Row, Scenario
from benchmarks.scenarios.fanout import rate
from benchmarks.servers import Ours, Server, SocketIO, Stock

TEN_ROOMS = tuple(f"room{number}" for number in range(10))


def measure(make: Callable[[], Server], plan: Plan) -> Figures:
    """Measure few senders in a small room, then many in ten rooms, each on a fresh server."""
    return {
        "ingest-4x16": _measure(make, plan, 4, 16, ("lobby",)),
        "ingest-50x4": _measure(make, plan, 50, 4, TEN_ROOMS),
    }


def _measure(
    make: Callable[[], Server], plan: Plan, senders: int, in_flight: int, rooms: tuple[str, ...]
) -> Figure:
    load = Load()
    with make() as server:
        crowd = Crowd(load, server.port, listeners=0, senders=senders, rooms=rooms)
        crowd.send(in_flight)
        figure = rate(load, lambda: crowd.acked, plan)
        crowd.settle()
    return figure


def sides(plan: Plan) -> dict[str, Measure]:
    """Give what is to be measured alternately."""
    return {
        "me-api": lambda: measure(lambda: Ours(rooms=",".join(("lobby", *TEN_ROOMS))), plan),
        "socket.io": lambda: measure(SocketIO, plan),
        "Flask-SocketIO": lambda: measure(Stock, plan),
    }


def _rows(peer: str, mark: Mark | None) -> tuple[Row, ...]:
    few, many = "Ingest, 4 senders × 16 in flight", "Ingest, 50 senders × 4 in flight, 10 rooms"
    unit = "acknowledged messages/s"
    return Row("ingest-4x16", few, unit, peer, mark), Row("ingest-50x4", many, unit, peer, mark)


SCENARIO = Scenario(
    "ingest",
    (*_rows("socket.io", Mark(2.0)), *_rows("Flask-SocketIO", None)),
    sides,
    notes=(
        "me-api checks every post against its rate limit; the limit itself is raised"
        " (`benchmarks/entry.py`), because one sender of a benchmark posts more than people do."
        " socket.io and Flask-SocketIO check nothing.",
    ),
)
