"""Compare pages of history of a large room with the same pages of a small room.

Run `python -m benchmarks.history` from the root of the project. It fills a new database, starts
the server on it, and reads the same parts of both rooms alternately.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fill import created_at, filled_server
from benchmarks.measure import Comparison, RequestTimer, pin_to_cores
from benchmarks.report import write
from tests.support.server import LiveServer

SMALL_SIZE = 10_000
LIMIT = 50
ROUNDS = 800
STRIDE = 3
"""Messages between the pages of two rounds, so that no response comes from a cache."""
MARK = 1.2
"""The highest ratio of the large room to the small one."""


@dataclass(frozen=True)
class Room:
    """A room and its number of messages, the first of which has the rev `rev` + 1."""

    name: str
    size: int
    rev: int

    def id_at(self, depth: float, number: int) -> int:
        """Return the id of a message at a depth from 0 to 1, another message in each round."""
        # There is space for a page before the first and after the last of these messages.
        free = self.size - 2 * LIMIT - ROUNDS * STRIDE
        return LIMIT + 1 + int(depth * free) + number * STRIDE


Query = Callable[[Room, int], str]
"""Returns the end of a path, for a room and the id of a message, or the number of a round."""

DEPTHS = {"start": 0.0, "middle": 0.5, "end": 1.0}
KINDS: dict[str, Query] = {
    "before": lambda room, id: f"messages?before={id}",
    "after": lambda room, id: f"messages?after={id}",
    "around": lambda room, id: f"messages?around={id}",
    "at": lambda room, id: f"messages?at={created_at(id)}",
    "changes": lambda room, id: f"changes?since={room.rev + id}",
}


def main() -> int:
    """Fill a database, measure, and write the table; return 1 if a ratio is over the mark."""
    size = arguments().messages
    small, large = Room("small", SMALL_SIZE, 0), Room("large", size, SMALL_SIZE)
    with tempfile.TemporaryDirectory(prefix="me-api-bench-") as folder:
        server = filled_server(Path(folder), {room.name: room.size for room in (small, large)})
        try:
            results, setup = compare_rooms(server.start(), small, large)
        finally:
            server.stop()
    write(results, size, setup, MARK)
    return int(any(comparison.ratio > MARK for comparison in results.values()))


def arguments() -> argparse.Namespace:
    """Parse the options of the command line; exit if the room would be too small."""
    parser = argparse.ArgumentParser(description="What does a page of history cost?")
    parser.add_argument("--messages", type=int, default=1_000_000, help="in the large room")
    options = parser.parse_args()
    if options.messages < SMALL_SIZE:
        parser.error(f"--messages must be {SMALL_SIZE} or more")
    return options


def compare_rooms(
    server: LiveServer, small: Room, large: Room
) -> tuple[dict[str, Comparison], str]:
    """Compare all kinds of pages of both rooms; return the results, and the use of the cores."""
    assert server.process is not None
    setup = pin_to_cores(server.process.pid)
    timer = RequestTimer(server.host, server.port)
    results = {"newest": compare(timer, small, large, lambda room, _: "messages?")}
    for kind, query in KINDS.items():
        for name, depth in DEPTHS.items():
            label = f"{kind}, {name}"
            results[label] = compare(timer, small, large, at_depth(query, depth))
    timer.close()
    return results, setup


def at_depth(query: Query, depth: float) -> Query:
    """Return a query for pages at a depth, another page in each round."""
    return lambda room, number: query(room, room.id_at(depth, number))


def compare(timer: RequestTimer, small: Room, large: Room, query: Query) -> Comparison:
    """Compare the same pages of both rooms, after a check that these are full."""

    def paths(room: Room) -> Callable[[int], str]:
        return lambda number: f"/chat/rooms/{room.name}/{query(room, number)}&limit={LIMIT}"

    for room in (small, large):
        for number in (0, ROUNDS - 1):
            assert len(timer.get(paths(room)(number))["data"]) == LIMIT
    return timer.compare(paths(small), paths(large), ROUNDS)


if __name__ == "__main__":
    sys.exit(main())
