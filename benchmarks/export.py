"""What the export of a large room costs the server and everybody else.

Run `python -m benchmarks.export` from the root of the project. It fills a new database, starts the
real server on it, and reads an export while the server notes how late its loop is, and another
process asks for something small a hundred times a second, as other clients do. Rounds with and
without an export take turns; what counts is the median, since the machine itself is late at times.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.fill import fill
from benchmarks.measure import part
from benchmarks.report import measured_on
from tests.support.server import LiveServer

RESULT = Path(__file__).parent / "results" / "export.md"
ENTRY = Path(__file__).parent / "lagging.py"
QUIET_SECONDS = 5.0
PAUSE = 0.01
LAG_MARK = 0.020
MEMORY_MARK = 20_000_000

Figures = dict[str, float]
Rounds = list[Figures]
Summary = Callable[[Rounds, str], float]


def main() -> int:
    """Fill, measure, write the table; 1 where a mark is missed."""
    parser = argparse.ArgumentParser(description="What does an export cost?")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    size = options.messages
    with tempfile.TemporaryDirectory(prefix="me-api-bench-") as folder:
        lags = Path(folder) / "lags"
        os.environ["LAG_FILE"] = str(lags)
        server = LiveServer(Path(folder), entry=ENTRY, rooms="large").start()
        server.stop()
        fill(server.database, {"large": size})
        try:
            quiet, busy, setup = measure(server.start(), lags, size, options.rounds)
        finally:
            server.stop()
    write(quiet, busy, size, setup)
    return int(middle(busy, "lag") > LAG_MARK or total(busy, "grown") > MEMORY_MARK)


def measure(server: LiveServer, lags: Path, size: int, rounds: int) -> tuple[Rounds, Rounds, str]:
    """Measure five quiet seconds, then an export; again and again."""
    assert server.process is not None
    setup = part(server.process.pid)
    server.get("/chat/rooms/large/messages?limit=1")
    quiet, busy = [], []
    for _ in range(rounds):
        quiet.append(watch(server, lags, lambda: time.sleep(QUIET_SECONDS)))
        busy.append(watch(server, lags, lambda: read_export(server, size)))
    return quiet, busy, setup


def middle(rounds: Rounds, figure: str) -> float:
    """Give the median of a figure."""
    return median(each(rounds, figure))


def total(rounds: Rounds, figure: str) -> float:
    """Give what a figure comes to in all rounds."""
    return sum(each(rounds, figure))


def worst(rounds: Rounds, figure: str) -> float:
    """Give the largest of a figure."""
    return max(each(rounds, figure))


def each(rounds: Rounds, figure: str) -> Iterable[float]:
    """Give a figure of each round."""
    return (measured[figure] for measured in rounds)


def watch(server: LiveServer, lags: Path, act: Callable[[], None]) -> Figures:
    """Do something while the others go on; tell how they fared."""
    assert server.process is not None
    process = server.process.pid
    stop, ours, theirs = multiprocessing.Event(), *multiprocessing.Pipe()
    other = multiprocessing.Process(target=ask, args=(server.host, server.port, stop, theirs))
    other.start()
    ours.recv()
    before, known, begun = peak(process), len(lags.read_text().split()), time.perf_counter()
    act()
    seconds = time.perf_counter() - begun
    stop.set()
    waits: list[float] = sorted(ours.recv())
    other.join()
    late = sorted(map(float, lags.read_text().split()[known:]))
    return {
        "seconds": seconds,
        "grown": peak(process) - before,
        "lag": late[-1],
        "lag99": late[int(len(late) * 0.99)],
        "wait": waits[-1],
        "wait99": waits[int(len(waits) * 0.99)],
    }


def ask(host: str, port: int, stop: Any, told: Any) -> None:
    """Ask for something small, now and then, and tell how long each answer took."""
    connection = HTTPConnection(host, port, timeout=60)
    waits = []
    told.send("ready")
    while not stop.wait(PAUSE):
        begun = time.perf_counter()
        connection.request("GET", "/chat/rooms/large/members")
        connection.getresponse().read()
        waits.append(time.perf_counter() - begun)
    told.send(waits)
    connection.close()


def read_export(server: LiveServer, size: int) -> None:
    """Read the whole room as fast as it comes; all of it must come."""
    connection = HTTPConnection(server.host, server.port, timeout=60)
    connection.request("GET", "/chat/rooms/large/export")
    response = connection.getresponse()
    count = 0
    while data := response.read1(1 << 16):
        count += data.count(b"\n")
    connection.close()
    if count != size:
        raise RuntimeError(f"{count} of {size} messages came")


def peak(process: int) -> int:
    """Give the most memory that a process ever had, in bytes."""
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def write(quiet: Rounds, busy: Rounds, size: int, setup: str) -> None:
    """Print the page and keep it."""

    def row(name: str, of: Summary, figure: str, unit: str, scale: float, mark: str = "") -> str:
        before, during = of(quiet, figure) * scale, of(busy, figure) * scale
        return f"| {name} | {before:.1f} {unit} | {during:.1f} {unit} | {mark} |"

    page = [
        "# What an export costs",
        "",
        f"`GET /chat/rooms/<room>/export` of {size:,} messages, read as fast as it comes, while",
        "another client asks for something small a hundred times a second; and the same without",
        "an export. How late the loop is, the server itself notes two hundred times a second.",
        f"Medians of {len(busy)} rounds, but for the growth, which is that of all rounds, and the",
        "worst that was seen in any of them.",
        "",
        *measured_on(setup),
        "",
        "| | without | with | mark |",
        "|---|--:|--:|--:|",
        row("time", middle, "seconds", "s", 1),
        row("server grown by", total, "grown", "MB", 1e-6, "< 20 MB"),
        row("loop late by, at most", middle, "lag", "ms", 1000, "< 20 ms"),
        row("loop late by, in the worst round", worst, "lag", "ms", 1000),
        row("loop late by, 99th percentile", middle, "lag99", "ms", 1000),
        row("the other's answer, at most", middle, "wait", "ms", 1000),
        row("the other's answer, in the worst round", worst, "wait", "ms", 1000),
        row("the other's answer, 99th percentile", middle, "wait99", "ms", 1000),
        "",
        f"That is {size / middle(busy, 'seconds'):,.0f} messages a second.",
        "",
    ]
    RESULT.write_text("\n".join(page), "utf-8")
    print("\n".join(page))


if __name__ == "__main__":
    sys.exit(main())
