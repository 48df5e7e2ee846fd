"""What a page of history costs at any depth: a large room against a small one.

Run `python -m benchmarks.history` from the root of the project. It fills a new database, starts
the real server on it and reads the same places of both rooms in turn.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fill import fill, time_of
from benchmarks.measure import Comparison, Requests, part
from benchmarks.report import write
from tests.support.server import LiveServer

SMALL_SIZE = 10_000
LIMIT = 50
ROUNDS = 800
STRIDE = 3
"""Each round reads a place so many messages further on, so that none is read twice."""
MARK = 1.2


@dataclass(frozen=True)
class Room:
    """A room of a size; its first message stands right after `rev` in the log."""

    name: str
    size: int
    rev: int

    def place(self, depth: float, number: int) -> int:
        """Give the id at a part of the room's length, a stride further in each round."""
        free = self.size - 2 * LIMIT - ROUNDS * STRIDE
        return LIMIT + 1 + int(depth * free) + number * STRIDE


Query = Callable[[Room, int], str]

DEPTHS = {"start": 0.0, "middle": 0.5, "end": 1.0}
KINDS: dict[str, Callable[[Room, int], str]] = {
    "before": lambda room, id: f"messages?before={id}",
    "after": lambda room, id: f"messages?after={id}",
    "around": lambda room, id: f"messages?around={id}",
    "at": lambda room, id: f"messages?at={time_of(id)}",
    "changes": lambda room, id: f"changes?since={room.rev + id}",
}


def main() -> int:
    """Fill, measure, write the table; 1 where a place costs more than the mark."""
    size = arguments().messages
    small, large = Room("small", SMALL_SIZE, 0), Room("large", size, SMALL_SIZE)
    with tempfile.TemporaryDirectory(prefix="me-api-bench-") as folder:
        server = LiveServer(Path(folder), rooms="small,large").start()
        server.stop()
        begun = time.perf_counter()
        fill(server.database, {room.name: room.size for room in (small, large)})
        print(f"filled with {size:,} messages in {time.perf_counter() - begun:.0f} s", flush=True)
        try:
            found, setup = measure(server.start(), small, large)
        finally:
            server.stop()
    write(found, size, setup, MARK)
    return int(any(one.ratio > MARK for one in found.values()))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="What does a page of history cost?")
    parser.add_argument("--messages", type=int, default=1_000_000, help="in the large room")
    chosen = parser.parse_args()
    if chosen.messages < SMALL_SIZE:
        parser.error(f"--messages must be {SMALL_SIZE} or more")
    return chosen


def measure(server: LiveServer, small: Room, large: Room) -> tuple[dict[str, Comparison], str]:
    """Compare both rooms at every place; tell how the cores were shared."""
    assert server.process is not None
    setup = part(server.process.pid)
    requests = Requests(server.host, server.port)
    found = {"newest": compare(requests, small, large, lambda room, _: "messages?")}
    for kind, query in KINDS.items():
        for name, depth in DEPTHS.items():
            label = f"{kind}, {name}"
            found[label] = compare(requests, small, large, at(query, depth))
    requests.close()
    return found, setup


def at(query: Query, depth: float) -> Query:
    """Ask for a place at a depth, another one in each round."""
    return lambda room, number: query(room, room.place(depth, number))


def compare(requests: Requests, small: Room, large: Room, query: Query) -> Comparison:
    """Compare a place of both rooms; both must give a full page."""

    def paths(room: Room) -> Callable[[int], str]:
        return lambda number: f"/chat/rooms/{room.name}/{query(room, number)}&limit={LIMIT}"

    for room in (small, large):
        for number in (0, ROUNDS - 1):
            assert len(requests.get(paths(room)(number))["data"]) == LIMIT
    return requests.compare(paths(small), paths(large), ROUNDS)


if __name__ == "__main__":
    sys.exit(main())
