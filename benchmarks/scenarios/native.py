"""Fan-out to 500 native WebSockets, against the same to 500 clients of Socket.IO."""

from __future__ import annotations

from benchmarks.client import Client
from benchmarks.clients import Crowd
from benchmarks.load import Load
from benchmarks.native import NativeClient, NativeSender
from benchmarks.results import Figures, Mark, Measure, Plan, Row, Scenario
from benchmarks.scenarios.fanout import CLIENTS, rate
from benchmarks.senders import Sender
from benchmarks.servers import Ours

PEER = "me-api, Socket.IO"
IN_FLIGHT = {4: None, 16: 1.0, 64: None}
QUIET = 300
"""Seconds between pings: counted listeners answer only those of Socket.IO."""


def measure(kind: type[Client], sender: type[Sender], plan: Plan) -> Figures:
    """Measure each number of messages in flight; one of the clients posts them all."""
    load, figures = Load(), {}
    with Ours(ping_interval=QUIET) as server:
        crowd = Crowd(load, server.port, CLIENTS - 1, senders=1, kind=kind, sender=sender)
        for in_flight in IN_FLIGHT:
            crowd.send(in_flight)
            figures[f"native-{in_flight}"] = rate(load, lambda: crowd.delivered, plan)
            crowd.settle()
    return figures


def sides(plan: Plan) -> dict[str, Measure]:
    """Give what is to be measured alternately."""
    return {
        "me-api": lambda: measure(NativeClient, NativeSender, plan),
        PEER: lambda: measure(Client, Sender, plan),
    }


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
        "Native: 500 clients of `/ws/chat`, one of which posts, with messages as `json`, which are"
        " larger by the fields `timestamp` and `data`; the same with 500 clients of Socket.IO. A"
        " native client gets no acknowledgement without a key: its own message tells that it is"
        " stored. At Socket.IO the acknowledgement does.",
    ),
)
