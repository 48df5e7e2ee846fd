"""Measure several nodes; run `python -m benchmarks.nodes` from the root of the project.

It needs PostgreSQL and Redis. All nodes, both databases and the load generator share the cores of
this machine. Exits with 1 if a mark is missed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.load import LOAD_CORE, pin_to_core
from benchmarks.nodes import delivery, posting, receiving
from benchmarks.nodes.site import Site
from benchmarks.ratios import Rounds
from benchmarks.report import measured_on
from benchmarks.results import Plan

RESULT = Path(__file__).parents[1] / "results" / "nodes.md"
ROUNDS = 5
PARTS = (posting, delivery, receiving)
ROWS = [row for part in PARTS for row in part.ROWS]


def main() -> int:
    """Measure, and write the table; return 1 if a mark is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nodes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--short", action="store_true", help="for a quick check")
    given = parser.parse_args()
    plan, rounds = Plan(long=not given.short), Rounds()
    # What is started from here on may run on any core.
    site = Site()
    pin_to_core(LOAD_CORE)
    try:
        for _ in range(given.rounds):
            for part in PARTS:
                rounds.add(part.measure(site, plan))
    finally:
        site.close()
    write(rounds)
    return rounds.missed(ROWS)


def write(rounds: Rounds) -> None:
    """Write the page to `results/nodes.md`, and print it."""
    page = [
        "# What several nodes cost",
        "",
        "Nodes of one PostgreSQL database. Figures are medians of the rounds, ratios those of the",
        "two sides in the same round. Nodes, PostgreSQL, Redis and the load generator share the",
        "cores: with more of them, three nodes would have more than one has.",
        "",
        f"- **Posts**: {posting.SENDERS} senders at each node, each with {posting.IN_FLIGHT}",
        "  messages in flight in a room of its own. *Lock first* decides each batch while it has",
        "  locked the log; *one statement* is what nodes do.",
        f"- **Delivery**: {delivery.PER_SECOND} messages a second are posted at one node; from the",
        "  post to its arrival at a client of that node, and at one of another.",
        f"- **Receiving**: {receiving.SENDERS} senders with {receiving.IN_FLIGHT} messages in",
        "  flight post at one node; what another node without clients needs of a processor for",
        "  each of them, with all else that it does meanwhile but for indexing them, which one of",
        "  the nodes does.",
        "  Polling alone wakes it four times a second, and is up to 250 ms late. Redis wakes it up",
        "  to a hundred times, which is most of what it costs: to decode a message takes about as",
        "  long as to read it, since 64 are read by one statement.",
        "",
        *measured_on("nodes, databases and load generator on the same cores"),
    ]
    rounds.write(RESULT, page, ("first", "second"), ROWS)


if __name__ == "__main__":
    sys.exit(main())
