"""Fan-out to native WebSockets and to Server-Sent Events."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from benchmarks.client import Client
from benchmarks.clients import ClientGroup
from benchmarks.load import EventLoop
from benchmarks.native import NativeClient, NativeSender
from benchmarks.peer_servers import BunChat
from benchmarks.results import Mark, Measurements, MeasureSide, Plan, Row, Scenario
from benchmarks.scenarios.fanout import CLIENTS, measure_rate
from benchmarks.servers import MeApi, Server
from benchmarks.sse import SseClient

FEW = 200
"""The number of clients, where Bun is the peer."""
SOCKET_IO, BUN = "me-api, Socket.IO", "bun-batched"
BOUNDS = {4: None, 16: 1.0, 64: None}
"""For each number of messages in flight, the lowest ratio to our own Socket.IO."""
PING_INTERVAL = 300
"""Seconds between pings. They are rare, as `MessageCounter` answers only those of Engine.IO."""


Open = Callable[[EventLoop, int], ClientGroup]
"""Connects the clients of a measurement to a port."""


def websockets(clients: int) -> Open:
    """Return a function that connects native WebSockets, one of which posts."""
    return lambda loop, port: ClientGroup(
        loop, port, clients - 1, senders=1, kind=NativeClient, sender=NativeSender
    )


def socket_io(clients: int) -> Open:
    """Return a function that connects clients of Socket.IO, one of which posts."""
    return lambda loop, port: ClientGroup(loop, port, clients - 1, senders=1)


def streams(clients: int) -> Open:
    """Return a function that opens streams of Server-Sent Events, and a client that posts."""
    return lambda loop, port: ClientGroup(
        loop, port, clients, senders=1, kind=SseClient, sender_kind=Client
    )


def measure(
    make: Callable[[], Server], key: str, open_group: Open, bounds: Iterable[int], plan: Plan
) -> Measurements:
    """Measure each number of messages in flight, all of which are posted by one client."""
    loop, measurements = EventLoop(), {}
    with make() as server:
        group = open_group(loop, server.port)
        for in_flight in bounds:
            group.start(in_flight)
            measurements[f"{key}-{in_flight}"] = measure_rate(loop, lambda: group.delivered, plan)
            group.stop_and_verify()
    return measurements


def measure_few(make: Callable[[], Server], plan: Plan) -> Measurements:
    """Measure native WebSockets and Server-Sent Events, each on a fresh server."""
    native = measure(make, f"native-{FEW}", websockets(FEW), (4,), plan)
    return native | measure(make, f"sse-{FEW}", streams(FEW), (4,), plan)


def _ours() -> Server:
    return MeApi(ping_interval=PING_INTERVAL)


def sides(plan: Plan) -> dict[str, MeasureSide]:
    return {
        "me-api": lambda: (
            measure(_ours, "native", websockets(CLIENTS), BOUNDS, plan) | measure_few(_ours, plan)
        ),
        SOCKET_IO: lambda: measure(_ours, "native", socket_io(CLIENTS), BOUNDS, plan),
        BUN: lambda: measure_few(BunChat, plan),
    }


def _row(key: str, title: str, peer: str, bound: float | None) -> Row:
    mark = None if bound is None else Mark(bound)
    return Row(key, f"Fan-out to {title} in flight", "deliveries/s", peer, mark)


SCENARIO = Scenario(
    "native",
    (
        *(
            _row(f"native-{n}", f"{CLIENTS} native WebSockets, {n}", SOCKET_IO, bound)
            for n, bound in BOUNDS.items()
        ),
        _row(f"native-{FEW}-4", f"{FEW} native WebSockets, 4", BUN, 0.85),
        _row(f"sse-{FEW}-4", f"{FEW} streams of Server-Sent Events, 4", BUN, 1.2),
    ),
    sides,
    rounds=(3, 5),
    notes=(
        "Native: clients of `/ws/chat`, one of which posts, with messages as `json`, which are"
        " larger by the fields `timestamp` and `data`; the same with clients of Socket.IO. A"
        " native client that posts without a key receives its own message as the acknowledgement,"
        " a client of Socket.IO an acknowledgement. What streams receive is posted by a client of"
        " Socket.IO in the same room.",
    ),
)
