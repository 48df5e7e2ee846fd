"""Compare one server on PostgreSQL with the same on SQLite: posts, and pages of a long room.

Run `python -m benchmarks.postgresql` from the root of the project; it needs PostgreSQL and a C
compiler. Each side is measured in turn, in each of the rounds: pages of a room whose messages are
the same, and posts on a fresh database. Exits with 1 if a mark is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import databases
from benchmarks.clients import ClientGroup
from benchmarks.http_load import CONNECTIONS, compile_load, run_load
from benchmarks.http_requests import browser_requests, get_request
from benchmarks.load import LOAD_CORE, SERVER_CORE, EventLoop, pin_to_core
from benchmarks.ratios import Ratio, Rounds
from benchmarks.report import measured_on
from benchmarks.results import Mark, Plan, quantile
from benchmarks.scenarios.fanout import measure_rate
from benchmarks.scenarios.reading import LIMIT, NEWEST, random_pages
from benchmarks.seed import seed_ours
from benchmarks.senders import TimedSender
from benchmarks.servers import MeApi
from tests.support.postgresql import Cluster

RESULT = Path(__file__).parent / "results" / "postgresql.md"
ROUNDS = 5
SIDES = ("SQLite", "PostgreSQL")


def row(key: str, title: str, unit: str, mark: Mark) -> Ratio:
    """Return a row that compares PostgreSQL with SQLite."""
    return Ratio(title, unit, f"{key}, PostgreSQL", f"{key}, SQLite", mark)


ROWS = (
    row("ingest", "Ingest, 4 senders × 16 in flight", "messages/s", Mark(0.7)),
    row("post", "A post, one in flight, p50", "ms", Mark(2.0, at_least=False)),
    row("newest", f"GET the newest {LIMIT} messages", "requests/s", Mark(0.9)),
    row("random", f"GET {LIMIT} messages, random pages", "requests/s", Mark(0.5)),
)


def main() -> int:
    """Measure, and write the table; return 1 if a mark is missed."""
    parser = argparse.ArgumentParser(description="What does a server on PostgreSQL cost?")
    parser.add_argument("--messages", type=int, default=100_000, help="in the room that is read")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--short", action="store_true", help="for a quick check")
    given = parser.parse_args()
    compile_load()
    plan, rounds = Plan(long=not given.short), Rounds()
    # PostgreSQL, too, is beside the server, on the core of the load generator.
    pin_to_core(LOAD_CORE)
    cluster = Cluster()
    try:
        empty = databases.make_empty(cluster)
        with filled(cluster, given.messages) as servers:
            for number in range(given.rounds):
                for side in in_turn(number):
                    rounds.add(named(side, measure_reading(servers[side], given.messages, plan)))
        for number in range(given.rounds):
            for side in in_turn(number):
                with fresh(side, cluster, empty) as server:
                    rounds.add(named(side, measure_posting(server, plan)))
    finally:
        cluster.close()
    write(rounds, given.messages)
    return rounds.missed(ROWS)


def in_turn(number: int) -> Sequence[str]:
    """Return the sides; which of them is first alternates."""
    return SIDES if number % 2 else SIDES[::-1]


def named(side: str, measured: dict[str, float]) -> dict[str, float]:
    """Return what was measured under keys that name the side."""
    return {f"{key}, {side}": value for key, value in measured.items()}


@contextmanager
def filled(cluster: Cluster, size: int) -> Iterator[dict[str, MeApi]]:
    """Start a server on each database, with the same messages."""
    with MeApi() as own:
        seed_ours(own, size)
        own.kill()
        url = databases.copy(f"sqlite:///{own.database}", cluster)
        own.start()
        with MeApi(database_url=url) as other:
            yield dict(zip(SIDES, (own, other), strict=True))


def fresh(side: str, cluster: Cluster, empty: str) -> MeApi:
    """Return a server that is not started, with an empty database."""
    url = cluster.url(cluster.create(empty))
    return MeApi() if side == SIDES[0] else MeApi(database_url=url)


def measure_reading(server: MeApi, size: int, plan: Plan) -> dict[str, float]:
    """Return how many requests a second are answered."""
    requests = {
        "newest": browser_requests(NEWEST),
        "random": [get_request(path) for path in random_pages(size)],
    }
    return {
        key: run_load(server.port, sent, 200, plan).rate.value for key, sent in requests.items()
    }


def measure_posting(server: MeApi, plan: Plan) -> dict[str, float]:
    """Return how long a post waits, one after the other, and how many are stored a second."""
    loop = EventLoop()
    group = ClientGroup(loop, server.port, listeners=0, senders=4, sender=TimedSender)
    one = group.senders[0]
    assert isinstance(one, TimedSender)
    one.start(1)
    measure_rate(loop, lambda: group.acked, plan)
    group.stop_and_verify()
    alone = quantile(one.seconds, 0.5) * 1000
    group.start(16)
    rate = measure_rate(loop, lambda: group.acked, plan)
    group.stop_and_verify()
    return {"post": alone, "ingest": rate.value}


def write(rounds: Rounds, size: int) -> None:
    """Write the page to `results/postgresql.md`, and print it."""
    setup = (
        f"the server on core {SERVER_CORE}, the load generator and PostgreSQL on core {LOAD_CORE}"
    )
    page = [
        "# What one server on PostgreSQL costs",
        "",
        "The same server on SQLite and on PostgreSQL, in turn. Figures are medians of the rounds,",
        f"ratios those of PostgreSQL to SQLite in the same round. Pages are of a room of {size:,}",
        f"messages, read over {CONNECTIONS} connections; posts go by Socket.IO to a room in which",
        "the senders are, on a fresh database. On both, a message is on disk before it is",
        "acknowledged (`fsync=on`, `synchronous=FULL`).",
        "",
        *measured_on(setup),
    ]
    rounds.write(RESULT, page, ("PostgreSQL", "SQLite"), ROWS)


if __name__ == "__main__":
    sys.exit(main())
