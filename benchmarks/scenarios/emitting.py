"""Emitting to a room of 500 clients from a handler of Flask-SocketIO; nothing is stored."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.peer_servers import EmittingFlaskSocketIO, EmittingMeApi, EmittingNode
from benchmarks.results import Mark, Measurements, MeasureSide, Plan, Row, Scenario
from benchmarks.scenarios.fanout import CLIENTS, connect_clients, measure_deliveries
from benchmarks.servers import Server

BOUNDS: dict[str, dict[int, float | None]] = {
    "Flask-SocketIO": {1: None, 16: 20.0, 64: None},
    "socket.io": {1: None, 16: 2.0, 64: None},
}
"""For each peer and number of messages in flight, the lowest ratio."""
IN_FLIGHT = (1, 16, 64)


def measure(make: Callable[[], Server], plan: Plan) -> Measurements:
    """Measure a server with each number of messages in flight, all of one client."""
    return measure_deliveries("emitting", IN_FLIGHT, make, connect_clients, plan)


def sides(plan: Plan) -> dict[str, MeasureSide]:
    return {
        "me-api": lambda: measure(EmittingMeApi, plan),
        "Flask-SocketIO": lambda: measure(EmittingFlaskSocketIO, plan),
        "socket.io": lambda: measure(EmittingNode, plan),
    }


def _row(peer: str, in_flight: int, bound: float | None) -> Row:
    title = f"Stock handler: emit to {CLIENTS}, {in_flight} in flight"
    mark = None if bound is None else Mark(bound)
    return Row(f"emitting-{in_flight}", title, "deliveries/s", peer, mark)


SCENARIO = Scenario(
    "emitting",
    tuple(_row(peer, *bound) for peer, bounds in BOUNDS.items() for bound in bounds.items()),
    sides,
    notes=(
        "Stock handler: `emit(…, to=room)` from a handler of Flask-SocketIO, with its request"
        " context and session; nothing is stored. Ours and Flask-SocketIO run the same file,"
        " `peers/emitting.py`, the latter on eventlet.",
    ),
)
