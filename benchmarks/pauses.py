"""Measure how long the posts of other nodes wait while a node is paused.

Run `python -m benchmarks.pauses` from the root of the project; it needs PostgreSQL. Three nodes
have one database, and clients post at all of them. One node is stopped by SIGSTOP 100 times, each
time at whatever it does at that moment, and as often nothing is done. Exits with 1 if after a stop
a session of another node waits for one of the stopped node, if more posts have waited for longer
than half a second than without stops, or if their 99th percentile is more than 1.5 times as long.
"""

import argparse
import multiprocessing
import random
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.post_waits import CLIENTS, FREEZE_SECONDS, Waits, Window, post, waits, window
from benchmarks.report import measured_on, write_page
from tests.support.postgresql import Cluster
from tests.support.server import LiveServer

RESULT = Path(__file__).parent / "results" / "pauses.md"
NAMES = ("a", "b", "c")
PAUSED = "b"
STOPS = 100
START_SECONDS = 120
HOLD_SECONDS = 0.7
"""Seconds for which a node is stopped: more than what is taken for a freeze."""
REST_SECONDS = 0.2
"""Seconds after a stop that are not measured: the node catches up."""
BLOCKED = """
SELECT count(*) FROM pg_stat_activity waiting
JOIN pg_stat_activity holding ON holding.pid = ANY (pg_blocking_pids(waiting.pid))
WHERE holding.application_name = %(name)s AND waiting.application_name <> %(name)s
"""
MARK = 1.5


class Compared(NamedTuple):
    """What was measured, and its mark."""

    what: str
    value: str
    mark: str
    reached: bool

    def __str__(self) -> str:
        reached = "yes" if self.reached else "**no**"
        return f"| {self.what} | {self.value} | {self.mark} | {reached} |"


def main() -> int:
    """Measure, and write the table; return 1 if a mark is missed."""
    parser = argparse.ArgumentParser(description="What does a paused node cost the others?")
    parser.add_argument("--stops", type=int, default=STOPS)
    stops = parser.parse_args().stops
    postgresql = Cluster()
    try:
        with tempfile.TemporaryDirectory(prefix="me-api-bench-") as folder:
            quiet, stopped, blocked = measure(postgresql, Path(folder), stops)
    finally:
        postgresql.close()
    marks = compare(quiet, stopped, blocked, stops)
    write(quiet, stopped, marks, stops)
    return int(not all(mark.reached for mark in marks))


def compare(quiet: Waits, stopped: Waits, blocked: int, stops: int) -> list[Compared]:
    """Return what was measured beside its marks."""
    ratio = stopped.percentile(0.99) / quiet.percentile(0.99)
    longer, usual = stopped.freezes, quiet.freezes
    return [
        Compared(
            "99th percentile in a stop : without", f"{ratio:.2f}", f"≤ {MARK:g}×", ratio <= MARK
        ),
        Compared(
            "stops after which a session of another node waited for one of the stopped node",
            f"{blocked} of {stops}",
            "0",
            blocked == 0,
        ),
        Compared(
            f"posts that waited longer than {FREEZE_SECONDS:g} s in a stop",
            f"{longer}",
            f"≤ {usual}, as without",
            longer <= usual,
        ),
    ]


def measure(postgresql: Cluster, folder: Path, stops: int) -> tuple[Waits, Waits, int]:
    """Return how long posts at the other nodes waited, without a stop and with one.

    Also return after how many stops another node's session waited for one of the stopped node.
    """
    url = postgresql.url(postgresql.create())
    shared = {"database_url": url, "jwt_secret": secrets.token_hex(32)}
    migration = LiveServer(folder, entry="migrate", **shared)
    migration.spawn()
    if migration.wait(60) != 0:
        raise RuntimeError(migration.log)
    nodes = {}
    try:
        for name in NAMES:
            (folder / name).mkdir()
            own = shared | {"database_url": f"{url}&application_name={name}"}
            nodes[name] = LiveServer(folder / name, node=name, **own)
            nodes[name].start(START_SECONDS)
        with postgresql.connect() as connection:
            return measure_nodes(nodes, connection, stops)
    finally:
        for node in nodes.values():
            node.kill()


def measure_nodes(
    nodes: dict[str, LiveServer], connection: Any, stops: int
) -> tuple[Waits, Waits, int]:
    """Post at all nodes and stop one of them, again and again."""
    stop = multiprocessing.Event()
    posters = []
    for name, node in nodes.items():
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.Process(target=post, args=(node.host, node.port, stop, theirs))
        process.start()
        ours.recv()
        posters.append((name, process, ours))
    paused = nodes[PAUSED].process
    assert paused is not None
    quiet: list[Window] = []
    stopped: list[Window] = []
    blocked = 0
    for found in random.sample([quiet, stopped] * stops, 2 * stops):
        # At any of its statements.
        time.sleep(REST_SECONDS + random.uniform(0, 0.1))
        if found is stopped:
            paused.send_signal(signal.SIGSTOP)
        found.append(window(HOLD_SECONDS))
        if found is stopped:
            blocked += connection.execute(BLOCKED, {"name": PAUSED}).fetchone() != (0,)
            paused.send_signal(signal.SIGCONT)
    stop.set()
    posts: list[Window] = []
    for name, process, ours in posters:
        found = ours.recv()
        process.join()
        posts += found if name != PAUSED else []
    return waits(posts, quiet), waits(posts, stopped), blocked


def write(quiet: Waits, stopped: Waits, marks: Iterable[Compared], stops: int) -> None:
    """Write the page to `results/pauses.md`, and print it."""
    rows = [("all nodes run", quiet), ("a node is stopped", stopped)]
    page = [
        "# What a paused node costs the others",
        "",
        f"Three nodes have one PostgreSQL; {CLIENTS} clients post at each of them. One is stopped",
        f"by SIGSTOP {stops} times for {HOLD_SECONDS:g} seconds, at whatever it does then. The",
        "posts at the two others are measured, in the stops and in as many times without one, in",
        "random order. A post that lasts through several of these counts for each.",
        "",
        *measured_on("clients, nodes and PostgreSQL on the same cores"),
        "",
        "| | posts | median | 99th percentile | at most | longer than 0.5 s |",
        "|---|--:|--:|--:|--:|--:|",
        *(
            f"| {name} | {len(found.seconds):,} | {found.percentile(0.5) * 1000:.1f} ms"
            f" | {found.percentile(0.99) * 1000:.1f} ms | {found.seconds[-1] * 1000:.1f} ms"
            f" | {found.freezes} |"
            for name, found in rows
        ),
        "",
        "| what | measured | mark | reached |",
        "|---|--:|--:|---|",
        *map(str, marks),
        "",
        "Posts that wait for long without a stop, too, wait for a processor: the machine may be",
        "doing other things.",
        "",
    ]
    write_page(RESULT, page)


if __name__ == "__main__":
    sys.exit(main())
