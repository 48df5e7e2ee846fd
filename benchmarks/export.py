"""Measure what the export of a large room costs the server and its other clients.

Run `python -m benchmarks.export` from the root of the project. It fills a new database, starts the
server on it, and reads an export. Meanwhile the server records how late its event loop is, and
another process sends small requests, about a hundred per second. Rounds with and without an export
alternate. The median of the rounds counts, since the machine itself is late at times.
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

from benchmarks.fill import filled_server
from benchmarks.measure import pin_to_cores
from benchmarks.report import measured_on, write_page
from tests.support.server import LiveServer

RESULT = Path(__file__).parent / "results" / "export.md"
ENTRY = Path(__file__).parent / "lagging.py"
QUIET_SECONDS = 5.0
REQUEST_INTERVAL = 0.01
LAG_MARK = 0.020
"""The highest lag of the event loop during an export, in seconds."""
MEMORY_MARK = 20_000_000
"""The highest growth of the server by all exports, in bytes."""

Measurements = dict[str, float]
"""What `measure_during` has measured, by name."""
Rounds = list[Measurements]
Summary = Callable[[Rounds, str], float]


def main() -> int:
    """Fill a database, measure, and write the table; return 1 if a mark is missed."""
    parser = argparse.ArgumentParser(description="What does an export cost?")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    size = options.messages
    with tempfile.TemporaryDirectory(prefix="me-api-bench-") as folder:
        lags = Path(folder) / "lags"
        os.environ["LAG_FILE"] = str(lags)
        server = filled_server(Path(folder), {"large": size}, entry=ENTRY)
        try:
            quiet, exporting, setup = measure(server.start(), lags, size, options.rounds)
        finally:
            server.stop()
    write(quiet, exporting, size, setup)
    too_late = median_of(exporting, "lag") > LAG_MARK
    return int(too_late or sum_of(exporting, "grown") > MEMORY_MARK)


def measure(server: LiveServer, lags: Path, size: int, rounds: int) -> tuple[Rounds, Rounds, str]:
    """Measure five seconds without an export and then one export, in each round."""
    assert server.process is not None
    setup = pin_to_cores(server.process.pid)
    server.get("/chat/rooms/large/messages?limit=1")
    quiet, exporting = [], []
    for _ in range(rounds):
        quiet.append(measure_during(lambda: time.sleep(QUIET_SECONDS), server, lags))
        exporting.append(measure_during(lambda: read_export(server, size), server, lags))
    return quiet, exporting, setup


def median_of(rounds: Rounds, name: str) -> float:
    return median(values(rounds, name))


def sum_of(rounds: Rounds, name: str) -> float:
    return sum(values(rounds, name))


def max_of(rounds: Rounds, name: str) -> float:
    return max(values(rounds, name))


def values(rounds: Rounds, name: str) -> Iterable[float]:
    return (measurements[name] for measurements in rounds)


def measure_during(act: Callable[[], None], server: LiveServer, lags: Path) -> Measurements:
    """Call a function, and measure the server and the requests of another client meanwhile."""
    assert server.process is not None
    process = server.process.pid
    stop, ours, theirs = multiprocessing.Event(), *multiprocessing.Pipe()
    args = (server.host, server.port, stop, theirs)
    other_client = multiprocessing.Process(target=send_small_requests, args=args)
    other_client.start()
    # Wait until the other client is ready.
    ours.recv()
    before, earlier_lags = peak_memory(process), len(lags.read_text().split())
    started = time.perf_counter()
    act()
    seconds = time.perf_counter() - started
    stop.set()
    response_times: list[float] = sorted(ours.recv())
    other_client.join()
    new_lags = sorted(map(float, lags.read_text().split()[earlier_lags:]))
    return {
        "seconds": seconds,
        "grown": peak_memory(process) - before,
        "lag": new_lags[-1],
        "lag99": new_lags[int(len(new_lags) * 0.99)],
        "wait": response_times[-1],
        "wait99": response_times[int(len(response_times) * 0.99)],
    }


def send_small_requests(host: str, port: int, stop: Any, pipe: Any) -> None:
    """Send a small request in each interval until `stop` is set; then send the response times."""
    connection = HTTPConnection(host, port, timeout=60)
    response_times = []
    pipe.send("ready")
    while not stop.wait(REQUEST_INTERVAL):
        started = time.perf_counter()
        connection.request("GET", "/chat/rooms/large/members")
        connection.getresponse().read()
        response_times.append(time.perf_counter() - started)
    pipe.send(response_times)
    connection.close()


def read_export(server: LiveServer, size: int) -> None:
    """Read the export of the room as fast as possible; raise `RuntimeError` if it is incomplete."""
    connection = HTTPConnection(server.host, server.port, timeout=60)
    connection.request("GET", "/chat/rooms/large/export")
    response = connection.getresponse()
    count = 0
    while data := response.read1(1 << 16):
        count += data.count(b"\n")
    connection.close()
    if count != size:
        raise RuntimeError(f"{count} of {size} messages received")


def peak_memory(process: int) -> int:
    """Return the highest resident size that a process has had so far, in bytes."""
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def write(quiet: Rounds, exporting: Rounds, size: int, setup: str) -> None:
    """Write the page to `results/export.md`, and print it."""

    def row(
        title: str, summary: Summary, name: str, unit: str, scale: float, mark: str = ""
    ) -> str:
        without, during = summary(quiet, name) * scale, summary(exporting, name) * scale
        return f"| {title} | {without:.1f} {unit} | {during:.1f} {unit} | {mark} |"

    page = [
        "# What an export costs",
        "",
        f"`GET /chat/rooms/<room>/export` of {size:,} messages, read as fast as possible, while",
        "another client sends a small request a hundred times a second; and the same without an",
        "export. The server itself records two hundred times a second how late its event loop is.",
        f"The figures are medians of {len(exporting)} rounds, except for the growth, which is the",
        "sum of all rounds, and for the rows of the worst round.",
        "",
        *measured_on(setup),
        "",
        "| | without | with | mark |",
        "|---|--:|--:|--:|",
        row("time", median_of, "seconds", "s", 1),
        row("server grown by", sum_of, "grown", "MB", 1e-6, "< 20 MB"),
        row("loop late by, at most", median_of, "lag", "ms", 1000, "< 20 ms"),
        row("loop late by, in the worst round", max_of, "lag", "ms", 1000),
        row("loop late by, 99th percentile", median_of, "lag99", "ms", 1000),
        row("the other's answer, at most", median_of, "wait", "ms", 1000),
        row("the other's answer, in the worst round", max_of, "wait", "ms", 1000),
        row("the other's answer, 99th percentile", median_of, "wait99", "ms", 1000),
        "",
        f"That is {size / median_of(exporting, 'seconds'):,.0f} messages a second.",
        "",
    ]
    write_page(RESULT, page)


if __name__ == "__main__":
    sys.exit(main())
