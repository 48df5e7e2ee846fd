"""Jitter: 1,000 clients on a bad network, each cut off again and again; who misses what?"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from benchmarks.client import Client
from benchmarks.client_process import Member
from benchmarks.clients import ROOM, connect_all
from benchmarks.load import Load
from benchmarks.results import Figure, Figures, Mark, Measure, Plan, Row, Scenario, quantile
from benchmarks.senders import Pacer
from benchmarks.servers import Ours, Server, SocketIO

PER_SECOND = 2
LIVES, AWAY = (7.5, 22.5), (1.0, 3.0)
"""Seconds between two cuts, and away after one: about 15 and about 2."""
RETRY = (0.5, 1.5)
"""Seconds to the next try where the server is not there, as the stock client does."""
QUIET = 2


class BadNetwork:
    """Cuts the members' connections, and lets them come back."""

    def __init__(self, load: Load, members: list[Member], pacer: Pacer) -> None:
        self._load, self._members, self._pacer = load, members, pacer
        self._over = False
        for member in members:
            member.on_return = self._plan_cut
            member.client.on_lost = partial(self._retry, member)
            load.after(random.uniform(0, LIVES[1]), partial(self._cut, member))
        pacer.client.on_lost = lambda client: load.after(0.2, client.open)
        pacer.client.on_live = lambda _: pacer.resume()

    def finish(self) -> None:
        """Cut nobody any more, let all come back, and wait until nothing more arrives."""
        self._over = True
        self._load.run_until(lambda: all(m.client.live for m in self._members), 60, "all back")
        arrived = -1
        while arrived != (arrived := sum(member.got.total() for member in self._members)):
            self._load.run_for(QUIET)

    def _plan_cut(self, member: Member) -> None:
        self._load.after(random.uniform(*LIVES), lambda: self._cut(member))

    def _cut(self, member: Member) -> None:
        if not self._over and member.client.live:
            member.client.kill()
            self._load.after(random.uniform(*AWAY), lambda: self._back(member))

    def _back(self, member: Member) -> None:
        if member.client.sock is None:
            member.come_back(self._pacer.acked)

    def _retry(self, member: Member, _: Client) -> None:
        self._load.after(random.uniform(*RETRY), partial(self._back, member))


def measure(make: Callable[[], Server], plan: Plan, prefix: str, *, kill: bool) -> Figures:
    """Post at a pace while everybody comes and goes; perhaps kill the server in the middle."""
    random.seed(7)
    load, count = Load(), plan.pick(16, 120)
    with make() as server:
        sender = Client(load, server.port, "sender", ROOM, urgent=True)
        clients = [Client(load, server.port, f"c{n}", ROOM) for n in range(plan.pick(300, 1000))]
        members = [Member(client) for client in clients]
        pacer = Pacer(load, sender, PER_SECOND)
        connect_all(load, [*clients, sender])
        network = BadNetwork(load, members, pacer)
        if kill:
            load.after(count / PER_SECOND / 2, server.kill)
            load.after(count / PER_SECOND / 2 + 0.5, server.spawn)
        load.start_lap()
        pacer.start(count)
        load.run_until(lambda: pacer.finished, count / PER_SECOND + 60, "all posted")
        network.finish()
        return _figures(members, count, prefix, load.idle_share())


def _figures(members: list[Member], count: int, prefix: str, idle: float) -> Figures:
    missing = sum(member.missing(count) for member in members)
    latencies = [latency for member in members for latency in member.latencies]
    returns = sum(member.returns for member in members)
    found = {
        "delivered": 100 * (1 - missing / (count * len(members))),
        "doubles": float(sum(member.doubles() + member.disorder for member in members)),
        "recovered": 100 * sum(member.recoveries for member in members) / max(1, returns),
        "replay-p50": quantile(latencies, 0.5) * 1000,
        "replay-p99": quantile(latencies, 0.99) * 1000,
    }
    return {f"{prefix}-{name}": Figure(value, idle) for name, value in found.items()}


def sides(plan: Plan) -> dict[str, Measure]:
    """Give what is to be measured alternately."""

    def both(make: Callable[[], Server]) -> Measure:
        return lambda: {
            **measure(make, plan, "jitter", kill=False),
            **measure(make, plan, "jitter-kill", kill=True),
        }

    return {"me-api": both(Ours), "socket.io": both(lambda: SocketIO(recovery=1))}


def _rows(prefix: str, title: str, *, latency_mark: bool) -> tuple[Row, ...]:
    all_of_it = Mark(100, ratio=False, unit=" %")
    none = Mark(0, at_least=False, ratio=False, unit="")
    no_worse = Mark(1.0, at_least=False) if latency_mark else None
    return (
        Row(f"{prefix}-delivered", f"{title}: delivered", "%", mark=all_of_it),
        Row(f"{prefix}-doubles", f"{title}: twice or out of order", "messages", mark=none),
        Row(f"{prefix}-recovered", f"{title}: returns that were recovered", "%"),
        Row(f"{prefix}-replay-p50", f"{title}: replay p50", "ms"),
        Row(f"{prefix}-replay-p99", f"{title}: replay p99", "ms", mark=no_worse),
    )


SCENARIO = Scenario(
    "jitter",
    (
        *_rows("jitter", "Jitter", latency_mark=True),
        *_rows("jitter-kill", "Jitter and one `kill -9`", latency_mark=False),
    ),
    sides,
    notes=(
        "Jitter: clients are reset about every 15 s and away about 2 s; 2 messages/s. socket.io has"
        " its connection state recovery on. Replay: from the TCP connect to having everything that"
        " had been acknowledged by then. Where a session was not recovered, the client joins again"
        " from the last rev it knows.",
    ),
)
