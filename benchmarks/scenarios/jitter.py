"""Jitter: 1,000 clients whose connections are reset again and again; what do they miss?"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from benchmarks.client import Client
from benchmarks.clients import ROOM, connect_all
from benchmarks.load import EventLoop
from benchmarks.peer_servers import NodeSocketIO
from benchmarks.results import (
    Mark,
    Measurement,
    Measurements,
    MeasureSide,
    Plan,
    Row,
    Scenario,
    quantile,
)
from benchmarks.senders import ConstantRateSender
from benchmarks.servers import MeApi, Server
from benchmarks.tracked_client import TrackedClient

PER_SECOND = 2
CONNECTED, DISCONNECTED = (7.5, 22.5), (1.0, 3.0)
"""Bounds of the seconds until a connection is reset, and until its client reconnects."""
RETRY = (0.5, 1.5)
"""Bounds of the seconds until the next attempt if the server is down, as in socket.io-client."""
QUIET = 2
"""Seconds without a message after which no more are expected."""


class BadNetwork:
    """Resets the connections of clients at random times, and reconnects them after a while.

    The sender keeps its connection, unless the server is killed. Then it reconnects and sends
    again what was not acknowledged.
    """

    def __init__(
        self, loop: EventLoop, clients: list[TrackedClient], sender: ConstantRateSender
    ) -> None:
        self._loop, self._clients, self._sender = loop, clients, sender
        self._over = False
        for tracked in clients:
            tracked.on_live = self._schedule_reset
            tracked.client.on_disconnect = partial(self._retry, tracked)
            loop.call_later(random.uniform(0, CONNECTED[1]), partial(self._reset, tracked))
        sender.client.on_disconnect = lambda client: loop.call_later(0.2, client.open)
        sender.client.on_live = lambda _: sender.resend_unacked()

    def finish(self) -> None:
        """Stop resetting, and wait until all clients are live and nothing more arrives."""
        self._over = True
        self._loop.run_until(lambda: all(c.client.live for c in self._clients), 60, "all back")
        arrived = -1
        while arrived != (arrived := sum(c.deliveries.total() for c in self._clients)):
            self._loop.run_for(QUIET)

    def _schedule_reset(self, tracked: TrackedClient) -> None:
        self._loop.call_later(random.uniform(*CONNECTED), lambda: self._reset(tracked))

    def _reset(self, tracked: TrackedClient) -> None:
        if not self._over and tracked.client.live:
            tracked.client.reset()
            self._loop.call_later(random.uniform(*DISCONNECTED), lambda: self._reconnect(tracked))

    def _reconnect(self, tracked: TrackedClient) -> None:
        if tracked.client.sock is None:
            tracked.reconnect(self._sender.acked)

    def _retry(self, tracked: TrackedClient, _: Client) -> None:
        self._loop.call_later(random.uniform(*RETRY), partial(self._reconnect, tracked))


def measure(make: Callable[[], Server], plan: Plan, prefix: str, *, kill: bool) -> Measurements:
    """Post at a constant rate while clients reconnect; kill the server halfway if `kill` is set."""
    # A fixed seed, so that every side and every round has the same kind of bad network.
    random.seed(7)
    loop, count = EventLoop(), plan.pick(16, 120)
    with make() as server:
        sending = Client(loop, server.port, "sender", ROOM, urgent=True)
        clients = [Client(loop, server.port, f"c{n}", ROOM) for n in range(plan.pick(300, 1000))]
        tracked_clients = [TrackedClient(client) for client in clients]
        sender = ConstantRateSender(loop, sending, PER_SECOND)
        connect_all(loop, [*clients, sending])
        network = BadNetwork(loop, tracked_clients, sender)
        if kill:
            loop.call_later(count / PER_SECOND / 2, server.kill)
            loop.call_later(count / PER_SECOND / 2 + 0.5, server.spawn)
        loop.start_idle_timer()
        sender.start(count)
        loop.run_until(lambda: sender.finished, count / PER_SECOND + 60, "all posted")
        network.finish()
        return _measurements(tracked_clients, count, prefix, loop.idle_share())


def _measurements(
    clients: list[TrackedClient], count: int, prefix: str, idle: float
) -> Measurements:
    missing = sum(tracked.missing(count) for tracked in clients)
    replay_times = [seconds for tracked in clients for seconds in tracked.replay_times]
    reconnects = sum(tracked.reconnects for tracked in clients)
    values = {
        "delivered": 100 * (1 - missing / (count * len(clients))),
        "doubles": float(sum(tracked.duplicates() + tracked.out_of_order for tracked in clients)),
        "recovered": 100 * sum(tracked.recoveries for tracked in clients) / max(1, reconnects),
        "replay-p50": quantile(replay_times, 0.5) * 1000,
        "replay-p99": quantile(replay_times, 0.99) * 1000,
    }
    return {f"{prefix}-{key}": Measurement(value, idle) for key, value in values.items()}


def sides(plan: Plan) -> dict[str, MeasureSide]:
    def both(make: Callable[[], Server]) -> MeasureSide:
        return lambda: {
            **measure(make, plan, "jitter", kill=False),
            **measure(make, plan, "jitter-kill", kill=True),
        }

    return {"me-api": both(MeApi), "socket.io": both(lambda: NodeSocketIO(recovery=1))}


def _rows(prefix: str, title: str, *, latency_mark: bool) -> tuple[Row, ...]:
    all_delivered = Mark(100, ratio=False, unit=" %")
    no_errors = Mark(0, at_least=False, ratio=False, unit="")
    replay_mark = Mark(1.0, at_least=False) if latency_mark else None
    return (
        Row(f"{prefix}-delivered", f"{title}: delivered", "%", mark=all_delivered),
        Row(f"{prefix}-doubles", f"{title}: twice or out of order", "messages", mark=no_errors),
        Row(f"{prefix}-recovered", f"{title}: returns that were recovered", "%"),
        Row(f"{prefix}-replay-p50", f"{title}: replay p50", "ms"),
        Row(f"{prefix}-replay-p99", f"{title}: replay p99", "ms", mark=replay_mark),
    )


SCENARIO = Scenario(
    "jitter",
    (
        *_rows("jitter", "Jitter", latency_mark=True),
        *_rows("jitter-kill", "Jitter and one `kill -9`", latency_mark=False),
    ),
    sides,
    notes=(
        "Jitter: clients are reset about every 15 s and disconnected for about 2 s; 2 messages/s."
        " socket.io has its connection state recovery on. Replay: from the TCP connect until the"
        " client has received everything that had been acknowledged by then. If its session is not"
        " recovered, the client joins again with the last rev that it has received.",
    ),
)
