"""Fan-out to 500 native WebSockets, compared with 500 clients of Socket.IO."""

from __future__ import annotations

from benchmarks.client import Client
from benchmarks.clients import ClientGroup
from benchmarks.load import EventLoop
from benchmarks.native import NativeClient, NativeSender
from benchmarks.results import Mark, Measurements, MeasureSide, Plan, Row, Scenario
from benchmarks.scenarios.fanout import CLIENTS, measure_rate
from benchmarks.senders import ClosedLoopSender
from benchmarks.servers import MeApi

PEER = "me-api, Socket.IO"
BOUNDS = {4: None, 16: 1.0, 64: None}
"""For each number of messages in flight, the lowest ratio to the peer."""
PING_INTERVAL = 300
"""Seconds between pings. They are rare, as `MessageCounter` answers only those of Engine.IO."""


def measure(kind: type[Client], sender: type[ClosedLoopSender], plan: Plan) -> Measurements:
    """Measure each number of messages in flight, all of which are posted by one client."""
    loop, measurements = EventLoop(), {}
    with MeApi(ping_interval=PING_INTERVAL) as server:
        group = ClientGroup(loop, server.port, CLIENTS - 1, senders=1, kind=kind, sender=sender)
        for in_flight in BOUNDS:
            group.start(in_flight)
            measurements[f"native-{in_flight}"] = measure_rate(loop, lambda: group.delivered, plan)
            group.stop_and_verify()
    return measurements


def sides(plan: Plan) -> dict[str, MeasureSide]:
    return {
        "me-api": lambda: measure(NativeClient, NativeSender, plan),
        PEER: lambda: measure(Client, ClosedLoopSender, plan),
    }


def _row(in_flight: int, bound: float | None) -> Row:
    title = f"Fan-out to {CLIENTS} native WebSockets, {in_flight} in flight"
    mark = None if bound is None else Mark(bound)
    return Row(f"native-{in_flight}", title, "deliveries/s", PEER, mark)


SCENARIO = Scenario(
    "native",
    tuple(_row(in_flight, bound) for in_flight, bound in BOUNDS.items()),
    sides,
    rounds=(3, 5),
    notes=(
        "Native: 500 clients of `/ws/chat`, one of which posts, with messages as `json`, which are"
        " larger by the fields `timestamp` and `data`; the same with 500 clients of Socket.IO. A"
        " native client that posts without a key receives its own message as the acknowledgement,"
        " a client of Socket.IO an acknowledgement.",
    ),
)
