"""Compare searches on PostgreSQL with the same searches on SQLite, in a room of a million messages.

Run `python -m benchmarks.search_postgresql` from the root of the project. It fills an SQLite
database, copies it into a PostgreSQL server of its own by `flask db copy`, starts a server on each,
and sends the same search to one and the other in turn. No response comes from a cache.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

from benchmarks import databases
from benchmarks.fill import RARE_WORDS, filled_server
from benchmarks.measure import RequestTimer, pin_to_cores
from benchmarks.report import measured_on, write_page
from benchmarks.search import LIMIT, SEARCHES, search
from tests.support.postgresql import Cluster
from tests.support.server import LiveServer

RESULT = Path(__file__).parent / "results" / "search-postgresql.md"
ROUNDS = 400
MARK = 3.0
"""The highest ratio of the 99th percentiles."""


class Times(NamedTuple):
    """How long the requests of a search took, in seconds, on one database."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Times":
        """Return the median and the 99th percentile of the seconds."""
        return cls(median(seconds), quantiles(seconds, n=100)[98])

    def __str__(self) -> str:
        return f"{self.p50 * 1000:.2f} · {self.p99 * 1000:.2f} ms"


def main() -> int:
    """Fill both databases, measure, and write the table; return 1 if a ratio is over the mark."""
    parser = argparse.ArgumentParser(description="What does a search cost on PostgreSQL?")
    parser.add_argument("--messages", type=int, default=1_000_000)
    size = parser.parse_args().messages
    with tempfile.TemporaryDirectory(prefix="me-api-bench-") as folder, filled(folder, size) as two:
        setup = pin_to_cores(*[server.process.pid for server in two if server.process])
        results = {name: compare(two, search(word)) for name, word in SEARCHES.items()}
    write(results, size, setup)
    return int(any(other.p99 / own.p99 > MARK for _, own, other in results.values()))


def verdict(ratio: float) -> str:
    """Return whether the mark is reached, as a cell."""
    return "yes" if ratio <= MARK else "**no**"


@contextmanager
def filled(folder: str, size: int) -> Iterator[tuple[LiveServer, LiveServer]]:
    """Start a server on SQLite and one on PostgreSQL, with the same messages."""
    cluster = Cluster()
    try:
        own = filled_server(Path(folder), {"large": size})
        url = databases.copy(f"sqlite:///{own.database}", cluster)
        other_folder = Path(folder) / "postgresql"
        other_folder.mkdir()
        other = LiveServer(other_folder, rooms="large", database_url=url)
        servers = own.start(), other.start()
        try:
            yield servers
        finally:
            for server in servers:
                server.stop()
    finally:
        cluster.close()


def compare(
    servers: tuple[LiveServer, LiveServer], path: Callable[[int], str]
) -> tuple[int, Times, Times]:
    """Return the number of messages on a page, and the times on SQLite and on PostgreSQL."""
    own, other = timers = [RequestTimer(server.host, server.port) for server in servers]
    pages = [timer.get(path(ROUNDS)) for timer in timers]
    assert pages[0]["data"] == pages[1]["data"], "both find the same"
    times: dict[RequestTimer, list[float]] = {own: [], other: []}
    for number in range(ROUNDS):
        for timer in (own, other) if number % 2 else (other, own):
            times[timer].append(timer.time(path(number)))
    for timer in timers:
        timer.close()
    return len(pages[0]["data"]), Times.of(times[own]), Times.of(times[other])


def write(results: dict[str, tuple[int, Times, Times]], size: int, setup: str) -> None:
    """Write the page to `results/search-postgresql.md`, and print it."""
    table = [
        f"| {name} | {found} | {own} | {other} | {other.p50 / own.p50:.1f} |"
        f" {(ratio := other.p99 / own.p99):.1f} | ≤ {MARK:.0f} | {verdict(ratio)} |"
        for name, (found, own, other) in results.items()
    ]
    page = [
        "# What a search costs on PostgreSQL",
        "",
        f"The first page of {LIMIT} of a search in {size:,} messages, on SQLite and on PostgreSQL",
        "in turn: the median and the 99th percentile of the time of a REST request over one",
        f"connection. A rare word is in {size // RARE_WORDS} of the messages. PostgreSQL runs on",
        "any core, with fsync and 32 MB of shared buffers.",
        "",
        *measured_on(setup),
        "",
        "| word | found | SQLite, p50 · p99 | PostgreSQL | p50 | p99 | mark of p99 | reached |",
        "|---|--:|--:|--:|--:|--:|--:|---|",
        *table,
        "",
    ]
    write_page(RESULT, page)


if __name__ == "__main__":
    sys.exit(main())
