"""Fan-out to 500 native WebSockets, against the same to 500 clients of Socket.IO."""

from __future__ import annotations

from benchmarks.client import Client
from benchmarks.crowd import Crowd
from benchmarks.figures import Figures, Mark, Measure, Plan, Row, Scenario
from benchmarks.load import Load
from benchmarks.native import NativeClient
from benchmarks.scenarios.fanout import CLIENTS, rate
from benchmarks.servers import Ours

PEER = "me-api, Socket.IO"
IN_FLIGHT = {4: None, 16: 1.0, 64: None}
QUIET = 300
"""Seconds between pings: counted listeners answer only those of Socket.IO."""


def measure(kind: type[Client], plan: Plan) -> Figures:
    """Measure each number of messages in flight; one client of Socket.IO posts them all."""
    load, figures = Load(), {}
    with Ours(ping_interval=QUIET) as server:
        crowd = Crowd(load, server.port, listeners=CLIENTS - 1, senders=1, kind=kind)
        for in_flight in IN_FLIGHT:
            crowd.send(in_flight)
            figures[f"native-{in_flight}"] = rate(load, lambda: crowd.delivered, plan)
            crowd.settle()
    return figures


def sides(plan: Plan) -> dict[str, Measure]:
    """Give what is to be measured alternately."""
    return {"me-api": lambda: measure(NativeClient, plan), PEER: lambda: measure(Client, plan)}


def _row(in_flight: int, bound: float | None) -> Row:
    title = f"Fan-out to {CLIENTS} native WebSockets, {in_flight} in flight"
    mark = None if bound is None else Mark(bound)
    return Row(f"native-{in_flight}", title, "deliveries/s", PEER, mark)


SCENARIO = Scenario(
    "native",
    tuple(_row(in_flight, bound) for in_flight, bound in IN_FLIGHT.items()),
    sides,
    rounds=(3, 5),
    notes=(
        "Native: in both cases one client of Socket.IO posts; the other 499 hear it by `/ws/chat`"
        " as `json`, whose messages are larger by the fields `timestamp` and `data`, or by"
        " Socket.IO.",
    ),
)
