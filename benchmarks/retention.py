"""Measure how long posts and reads wait while a room's retention removes a million messages.

Run `python -m benchmarks.retention` from the root of the project. It fills a new database, and
posts 100 messages a second, each at its own time. In turn, for some seconds each, the room has a
retention and has none. Exits with 1 if the 99th percentile of posts or of reads is more than 1.5
times as long while messages are removed. A wait counts from the time at which it was due.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

from benchmarks.fill import filled_server
from benchmarks.measure import pin_to_cores
from benchmarks.report import measured_on, write_page
from tests.chat.clients import make_token
from tests.support.server import LiveServer

RESULT = Path(__file__).parent / "results" / "retention.md"
ROOM = "/chat/rooms/large"
RATE = 100
"""Posts a second, half of them to the room that is pruned."""
POSTERS = 4
READERS_RATE = 20
"""Pages a second that are read from the middle of the room, past all caches."""
WINDOW_SECONDS = 10.0
KEPT = 1000
"""Messages that the room is to keep."""
MARK = 1.5


class Waits(NamedTuple):
    """How long requests have waited, in seconds: while messages stay, and are removed."""

    without: list[float]
    during: list[float]

    def add(self, pruning: bool, wait: float) -> None:
        """Add a wait of a request."""
        (self.during if pruning else self.without).append(wait)

    def percentiles(self, share: float) -> tuple[float, float]:
        """Return the waits that this share of the requests does not exceed."""
        without, during = (sorted(each)[int(len(each) * share)] for each in self)
        return without, during


class Load:
    """Clients that post and read at their times, until they are stopped."""

    def __init__(self, server: LiveServer, size: int) -> None:
        self.posts, self.reads = Waits([], []), Waits([], [])
        self.pruning = False
        self._server, self._size = server, size
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._post, args=(number,)) for number in range(POSTERS)
        ]
        self._threads.append(threading.Thread(target=self._read))

    def start(self) -> None:
        """Begin to post and to read with all clients, at their rates."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all clients, and wait until they have ended."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _post(self, number: int) -> None:
        room = "lobby" if number % 2 else "large"
        body = json.dumps({"nick": f"poster{number}", "text": "hej på dig"})
        self._repeat("POST", lambda _: f"/chat/rooms/{room}/messages", body, RATE / POSTERS)

    def _read(self) -> None:
        # Among the newest, which stay, and another page each time.
        path = f"{ROOM}/messages?limit=50&before={{}}"
        newest = self._size - 50
        self._repeat("GET", lambda n: path.format(newest - n % 900), None, READERS_RATE)

    def _repeat(
        self, method: str, path: Callable[[int], str], body: str | None, rate: float
    ) -> None:
        waits = self.posts if method == "POST" else self.reads
        connection = HTTPConnection(self._server.host, self._server.port, timeout=60)
        began = time.monotonic()
        number = 0
        while not self._stopped.wait(max(0.0, began + number / rate - time.monotonic())):
            due, pruning = began + number / rate, self.pruning
            headers = {"Content-Type": "application/json"} if body else {}
            connection.request(method, path(number), body, headers)
            response = connection.getresponse()
            response.read()
            assert response.status in (200, 201), response.status
            if pruning == self.pruning:
                waits.add(pruning, time.monotonic() - due)
            number += 1
        connection.close()


def main() -> int:
    """Fill a database, measure, and write the table; return 1 if a mark is missed."""
    parser = argparse.ArgumentParser(description="Who waits while old messages are removed?")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=1800.0, help="at most")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="me-api-bench-") as folder:
        sizes = {"lobby": 0, "large": options.messages}
        server = filled_server(Path(folder), sizes, rate_limits="off")
        try:
            load, removed, seconds, setup = measure(
                server.start(), options.messages, options.seconds
            )
        finally:
            server.stop()
    return write(load, removed, seconds, setup)


def measure(server: LiveServer, size: int, most: float) -> tuple[Load, int, float, str]:
    """Alternate until all is removed; return the load, what was removed, in how many seconds."""
    assert server.process is not None
    token = make_token(server, "owner", "owner", hours=12)
    setup = pin_to_cores(server.process.pid)
    load, removing = Load(server, size), 0.0
    load.start()
    began = time.monotonic()
    try:
        while left(server) > KEPT * 2 and time.monotonic() - began < most:
            for pruning in (False, True):
                change = {"retention_messages": KEPT if pruning else 0}
                assert server.patch(ROOM, change, token=token).status == 200
                load.pruning = pruning
                time.sleep(WINDOW_SECONDS)
                removing += WINDOW_SECONDS * pruning
    finally:
        load.stop()
    room = server.get(ROOM).json["data"]
    return load, room["first_id"] - 1, removing, setup


def left(server: LiveServer) -> int:
    """Return the number of messages of the room."""
    room = server.get(ROOM).json["data"]
    return int(room["last_id"] - room["first_id"] + 1)


def write(load: Load, removed: int, seconds: float, setup: str) -> int:
    """Write the page to `results/retention.md`, print it, and return 1 if a mark is missed."""
    rows, missed = [], False
    for name, waits in {"post": load.posts, "page of 50": load.reads}.items():
        for share, label, mark in ((0.5, "p50", ""), (0.99, "p99", f"≤ {MARK}")):
            without, during = waits.percentiles(share)
            missed |= bool(mark) and during / without > MARK
            rows.append(
                f"| {name}, {label} | {without * 1000:.2f} ms | {during * 1000:.2f} ms |"
                f" {during / without:.2f} | {mark} |"
            )
        without, during = max(waits.without), max(waits.during)
        rows.append(f"| {name}, longest | {without * 1000:.0f} ms | {during * 1000:.0f} ms | | |")
    page = [
        "# What removing old messages costs others",
        "",
        f"{removed:,} messages were removed from a room in {seconds:.0f} seconds by its retention,",
        f"{removed / seconds:,.0f} a second, while {RATE} messages a second were posted, half of",
        f"them to this room, and {READERS_RATE} pages of it read. Each {WINDOW_SECONDS:.0f}",
        "seconds the retention was switched on or off. A wait counts from the time at which the",
        "request was due.",
        "",
        *measured_on(setup),
        "",
        "| | without | while removing | ratio | mark |",
        "|---|--:|--:|--:|--:|",
        *rows,
        "",
    ]
    write_page(RESULT, page)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
