"""Storm: 2,000 clients come back at once, each having missed 100 messages."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from benchmarks.client import Client
from benchmarks.client_process import Member
from benchmarks.clients import ROOM, connect_all
from benchmarks.load import Load
from benchmarks.results import Figure, Figures, Mark, Measure, Plan, Row, Scenario
from benchmarks.senders import Pacer
from benchmarks.servers import Ours, Server, SocketIO

MISSED = 100
RETRY = 0.5


def measure(make: Callable[[], Server], plan: Plan) -> Figures:
    """Measure the time from the first connect to the last message that anybody missed."""
    load = Load()
    with make() as server:
        clients = [Client(load, server.port, f"c{n}", ROOM) for n in range(plan.pick(1000, 2000))]
        members = [Member(client) for client in clients]
        sender = Client(load, server.port, "sender", ROOM, urgent=True)
        connect_all(load, [*clients, sender])
        pacer = Pacer(load, sender, 200)
        _post(load, pacer, 1)
        load.run_until(lambda: all(m.last == 1 for m in members), 20, "the first is everywhere")
        for client in clients:
            client.kill()
        load.run_for(2)
        _post(load, pacer, MISSED)
        return _come_back(load, members)


def _post(load: Load, pacer: Pacer, count: int) -> None:
    pacer.start(count)
    load.run_until(lambda: pacer.finished, 30, "all posted")


def _come_back(load: Load, members: list[Member]) -> Figures:
    for member in members:
        member.client.on_lost = lambda client: load.after(RETRY, client.open)
        member.hoard = []
    load.start_lap()
    since = perf_counter()
    for member in members:
        member.come_back(1 + MISSED)
    load.run_until(lambda: all(_has_all(member) for member in members), 120, "all have caught up")
    idle = load.idle_share()
    load.run_for(1)
    for member in members:
        member.count_hoard()
    found = {
        "seconds": max(member.arrived for member in members) - since,
        "recovered": 100 * sum(member.recoveries for member in members) / len(members),
        "missing": float(sum(member.missing(1 + MISSED) for member in members)),
        "doubles": float(sum(member.doubles() + member.disorder for member in members)),
    }
    return {f"storm-{name}": Figure(value, idle) for name, value in found.items()}


def _has_all(member: Member) -> bool:
    """Tell whether a client has what it missed, or is live without: its session was gone."""
    came = len(member.hoard or ()) + member.got.total() - 1
    return came >= MISSED or (member.client.live and not member.client.recovered)


def sides(plan: Plan) -> dict[str, Measure]:
    """Give what is to be measured alternately."""
    return {
        "me-api": lambda: measure(Ours, plan),
        "socket.io": lambda: measure(lambda: SocketIO(recovery=1), plan),
    }


NONE = Mark(0, at_least=False, ratio=False, unit="")
TITLE = "Storm: all come back at once, 100 missed each"
SCENARIO = Scenario(
    "storm",
    (
        Row("storm-seconds", f"{TITLE}: until all have all", "s", mark=Mark(1.0, at_least=False)),
        Row("storm-recovered", f"{TITLE}: recovered", "%"),
        Row("storm-missing", f"{TITLE}: missing", "messages", mark=NONE),
        Row("storm-doubles", f"{TITLE}: twice or out of order", "messages", mark=NONE),
    ),
    sides,
    notes=("Storm: 2,000 clients in the long form, 1,000 in the short one.",),
)
