"""Compare searches in a room of a million messages with pages of its history.

Run `python -m benchmarks.search` from the root of the project. It fills a new database, starts the
server on it, and requests alternately a page of history and the first page of a search. Each round
requests another page and searches for other words, so that no response comes from a cache.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from benchmarks.fill import RARE_WORDS, WORDS, filled_server, rare_word
from benchmarks.measure import Comparison, RequestTimer, pin_to_cores
from benchmarks.report import measured_on, write_page
from tests.support.server import LiveServer

RESULT = Path(__file__).parent / "results" / "search.md"
ROUNDS = 400
LIMIT = 50
STRIDE = 997
"""Messages between the pages of two rounds, and also between the rare words of two rounds."""
MARK = 5.0
"""The highest ratio of a search for a rare word to a page of history."""


def common_pair(number: int) -> tuple[str, str]:
    """Return two common words, which differ from those of the next rounds."""
    return WORDS[number % len(WORDS)], WORDS[(number * 7 + 1) % len(WORDS)]


SEARCHES: dict[str, Callable[[int], str]] = {
    "a rare word": lambda n: rare_word(n * STRIDE),
    "a rare word, in the room": lambda n: f"{rare_word(n * STRIDE + 1)}&room=large",
    "a rare word and a common one": lambda n: (
        f"{rare_word(n * STRIDE + 2)} {WORDS[n % len(WORDS)]}"
    ),
    "a common word": lambda n: WORDS[n % len(WORDS)],
    "two common words": lambda n: " ".join(common_pair(n)),
    "two common words, side by side": lambda n: '"{} {}"'.format(*common_pair(n)),
    "the beginning of eleven rare words": lambda n: f"ord{1000 + n}*",
    "a word that is nowhere": lambda n: f"finnsinte{n}",
}
MARKED = tuple(SEARCHES)[:2]


def main() -> int:
    """Fill a database, measure, and write the table; return 1 if a ratio is over the mark."""
    parser = argparse.ArgumentParser(description="What does a search cost?")
    parser.add_argument("--messages", type=int, default=1_000_000)
    size = parser.parse_args().messages
    with tempfile.TemporaryDirectory(prefix="me-api-bench-") as folder:
        server = filled_server(Path(folder), {"large": size})
        try:
            results, rows, setup = compare_searches(server.start(), size)
        finally:
            server.stop()
    write(results, rows, size, setup)
    return int(any(results[name].ratio > MARK for name in MARKED))


def compare_searches(
    server: LiveServer, size: int
) -> tuple[dict[str, Comparison], dict[str, int], str]:
    """Compare each search with pages of history.

    Returns the results, the number of messages on a page of each search, and the use of the cores.
    """
    assert server.process is not None
    setup = pin_to_cores(server.process.pid)
    timer = RequestTimer(server.host, server.port)
    results, rows = {}, {}
    for offset, (name, word) in enumerate(SEARCHES.items()):
        rows[name] = len(timer.get(search(word)(ROUNDS))["data"])
        results[name] = timer.compare(history(size - offset), search(word), ROUNDS)
    timer.close()
    return results, rows, setup


def history(newest: int) -> Callable[[int], str]:
    """Return the paths of pages of history, another page in each round."""
    path = "/chat/rooms/large/messages"
    return lambda n: f"{path}?before={newest - n * STRIDE % newest}&limit={LIMIT}"


def search(word: Callable[[int], str]) -> Callable[[int], str]:
    """Return the paths of the first pages of searches, for other words in each round."""
    return lambda n: f"/chat/search?limit={LIMIT}&q={quote(word(n), safe='&=')}"


def write(results: dict[str, Comparison], rows: dict[str, int], size: int, setup: str) -> None:
    """Write the page to `results/search.md`, and print it."""
    table = [
        f"| {name} | {rows[name]} | {baseline * 1000:.2f} ms | {compared * 1000:.2f} ms |"
        f" {ratio:.1f} | {f'≤ {MARK:.0f}' if name in MARKED else ''} |"
        for name, (baseline, compared, ratio) in results.items()
    ]
    page = [
        "# What a search costs",
        "",
        f"The first page of a search in {size:,} messages against a page of {LIMIT} of their",
        "history: the median time of a REST request over one connection, both in turn, each",
        "round at another place and for other words, and the median ratio of two requests that",
        f"followed each other. A rare word is in {size // RARE_WORDS} of the messages.",
        "",
        *measured_on(setup),
        "",
        "| search for | found | history | search | ratio | mark |",
        "|---|--:|--:|--:|--:|--:|",
        *table,
        "",
    ]
    write_page(RESULT, page)


if __name__ == "__main__":
    sys.exit(main())
