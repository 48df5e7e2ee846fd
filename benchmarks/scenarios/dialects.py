"""Fan-out to a room in which all dialects are spoken, each by one client more."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.course import connect_dialects
from benchmarks.load import EventLoop
from benchmarks.peer_servers import BunChat, NodeSocketIO
from benchmarks.results import Mark, Measurements, MeasureSide, Plan, Row, Scenario
from benchmarks.scenarios.fanout import BOUNDS, BUN_BOUNDS, CLIENTS, connect_clients, measure_rate
from benchmarks.scenarios.native import BUN, FEW, PING_INTERVAL, websockets
from benchmarks.servers import MeApi, Server

ALONE = "me-api, without them"
NATIVE = f"dialects-native-{FEW}-4"


def measure(server: Server, plan: Plan, *, dialects: bool) -> Measurements:
    """Measure fan-out to Socket.IO, and to native WebSockets, in one room with all dialects."""
    loop, measurements = EventLoop(), {}
    with server:
        _spoken = connect_dialects(loop, server.port) if dialects else []
        group = connect_clients(loop, server.port)
        for in_flight in BOUNDS:
            group.start(in_flight)
            rate = measure_rate(loop, lambda: group.delivered, plan)
            measurements[f"dialects-{in_flight}"] = rate
            group.stop_and_verify()
    return measurements


def measure_native(server: Server, plan: Plan, *, dialects: bool) -> Measurements:
    """Measure fan-out to native WebSockets, 4 in flight, in one room with all dialects."""
    loop = EventLoop()
    with server:
        _spoken = connect_dialects(loop, server.port) if dialects else []
        group = websockets(FEW)(loop, server.port)
        group.start(4)
        measured = {NATIVE: measure_rate(loop, lambda: group.delivered, plan)}
        group.stop_and_verify()
    return measured


def sides(plan: Plan) -> dict[str, MeasureSide]:
    def ours(*, dialects: bool) -> Measurements:
        measured = measure(MeApi(ping_interval=PING_INTERVAL), plan, dialects=dialects)
        native = MeApi(ping_interval=PING_INTERVAL)
        return measured | measure_native(native, plan, dialects=dialects)

    return {
        "me-api": lambda: ours(dialects=True),
        ALONE: lambda: ours(dialects=False),
        "socket.io": lambda: measure(NodeSocketIO(), plan, dialects=False),
        BUN: lambda: (
            measure(BunChat(), plan, dialects=False)
            | measure_native(BunChat(), plan, dialects=False)
        ),
    }


def _fanout_rows(peer: str, bounds: Mapping[int, float | None]) -> tuple[Row, ...]:
    title = f"Fan-out to {CLIENTS} and all dialects"
    return tuple(
        Row(
            f"dialects-{n}",
            f"{title}, {n} in flight",
            "deliveries/s",
            peer,
            None if bound is None else Mark(bound),
        )
        for n, bound in bounds.items()
    )


def _native_row(peer: str, mark: Mark | None) -> Row:
    title = f"Fan-out to {FEW} native WebSockets and all dialects, 4 in flight"
    return Row(NATIVE, title, "deliveries/s", peer, mark)


SCENARIO = Scenario(
    "dialects",
    (
        *_fanout_rows("socket.io", BOUNDS),
        *_fanout_rows(BUN, BUN_BOUNDS),
        _native_row(BUN, Mark(0.85)),
        *_fanout_rows(ALONE, dict.fromkeys(BOUNDS)),
        _native_row(ALONE, None),
    ),
    sides,
    notes=(
        "All dialects: beside the clients that are counted, the room has one client of each dialect"
        " of the course and of each subprotocol, for which each commit is encoded in its form; the"
        " peers have none of them.",
    ),
)
