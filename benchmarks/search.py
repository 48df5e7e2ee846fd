"""What a search costs in a room of a million messages, against a page of its history.

Run `python -m benchmarks.search` from the root of the project. It fills a new database, starts the
real server on it, and asks in turn for a page of history and for the first page of a search, each
round at another place and for another word, so that no answer is one that was kept.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from benchmarks.fill import RARE, WORDS, fill, rare
from benchmarks.measure import Comparison, Requests, part
from benchmarks.report import measured_on
from tests.support.server import LiveServer

RESULT = Path(__file__).parent / "results" / "search.md"
ROUNDS = 400
LIMIT = 50
STRIDE = 997
"""Messages between the places of two rounds; also the rare words of two rounds are as far apart."""
MARK = 5.0


def two(number: int) -> tuple[str, str]:
    """Give two common words, not the same two in the next rounds."""
    return WORDS[number % len(WORDS)], WORDS[(number * 7 + 1) % len(WORDS)]


SEARCHES: dict[str, Callable[[int], str]] = {
    "a rare word": lambda n: rare(n * STRIDE),
    "a rare word, in the room": lambda n: f"{rare(n * STRIDE + 1)}&room=large",
    "a rare word and a common one": lambda n: f"{rare(n * STRIDE + 2)} {WORDS[n % len(WORDS)]}",
    "a common word": lambda n: WORDS[n % len(WORDS)],
    "two common words": lambda n: " ".join(two(n)),
    "two common words, side by side": lambda n: '"{} {}"'.format(*two(n)),
    "the beginning of eleven rare words": lambda n: f"ord{1000 + n}*",
    "a word that is nowhere": lambda n: f"finnsinte{n}",
}
MARKED = tuple(SEARCHES)[:2]


def main() -> int:
    """Fill, measure, write the table; 1 where a rare word costs more than the mark."""
    parser = argparse.ArgumentParser(description="What does a search cost?")
    parser.add_argument("--messages", type=int, default=1_000_000)
    size = parser.parse_args().messages
    with tempfile.TemporaryDirectory(prefix="me-api-bench-") as folder:
        server = LiveServer(Path(folder), rooms="large").start()
        server.stop()
        begun = time.perf_counter()
        fill(server.database, {"large": size})
        print(f"filled with {size:,} messages in {time.perf_counter() - begun:.0f} s", flush=True)
        try:
            found, rows, setup = measure(server.start(), size)
        finally:
            server.stop()
    write(found, rows, size, setup)
    return int(any(found[name].ratio > MARK for name in MARKED))


def measure(server: LiveServer, size: int) -> tuple[dict[str, Comparison], dict[str, int], str]:
    """Compare each search with history; tell how many messages it found, too."""
    assert server.process is not None
    setup = part(server.process.pid)
    requests = Requests(server.host, server.port)
    found, rows = {}, {}
    for offset, (name, word) in enumerate(SEARCHES.items()):
        rows[name] = len(requests.get(search(word)(ROUNDS))["data"])
        found[name] = requests.compare(history(size - offset), search(word), ROUNDS)
    requests.close()
    return found, rows, setup


def history(newest: int) -> Callable[[int], str]:
    """Ask for a page of history, another one in each round."""
    return lambda n: f"/chat/rooms/large/messages?before={newest - n * STRIDE}&limit={LIMIT}"


def search(word: Callable[[int], str]) -> Callable[[int], str]:
    """Ask for the first page of a search."""
    return lambda n: f"/chat/search?limit={LIMIT}&q={quote(word(n), safe='&=')}"


def write(found: dict[str, Comparison], rows: dict[str, int], size: int, setup: str) -> None:
    """Print the page and keep it."""
    table = [
        f"| {name} | {rows[name]} | {one.small * 1000:.2f} ms | {one.large * 1000:.2f} ms |"
        f" {one.ratio:.1f} | {f'≤ {MARK:.0f}' if name in MARKED else ''} |"
        for name, one in found.items()
    ]
    page = [
        "# What a search costs",
        "",
        f"The first page of a search in {size:,} messages against a page of {LIMIT} of their",
        "history: the median time of a REST request over a kept connection, both in turn, each",
        "round at another place and for other words, and the median ratio of two requests that",
        f"followed each other. A rare word stands in {size // RARE} of the messages.",
        "",
        *measured_on(setup),
        "",
        "| search for | found | history | search | ratio | mark |",
        "|---|--:|--:|--:|--:|--:|",
        *table,
        "",
    ]
    RESULT.write_text("\n".join(page), "utf-8")
    print("\n".join(page))


if __name__ == "__main__":
    sys.exit(main())
