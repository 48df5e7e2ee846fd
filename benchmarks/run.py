"""Measure against the peers, and write the table.

python -m benchmarks.run [--long] [--rounds N] [--only NAME …] [--sides SIDE …]
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from time import perf_counter

from benchmarks import machine, rounds, table
from benchmarks.load import LOAD_CORE, pin, raise_file_limit
from benchmarks.results import Plan, Scenario
from benchmarks.scenarios import (
    ceiling,
    churn,
    fanout,
    idle,
    ingest,
    jitter,
    native,
    paced,
    reading,
    slow,
    storm,
)
from benchmarks.servers import PEERS

MODULES = (fanout, native, ingest, paced, jitter, storm, idle, slow, reading, churn, ceiling)
SCENARIOS: dict[str, Scenario] = {module.SCENARIO.name: module.SCENARIO for module in MODULES}
FILES = 5300
"""Open files that 5,000 connections need."""


def main() -> None:
    """Run the scenarios that were asked for; each one's results are kept as soon as it ends."""
    options = arguments()
    plan = Plan(long=options.long, rounds=options.rounds)
    check_machine(plan)
    described, since = machine.describe(), perf_counter()
    pin(LOAD_CORE)
    gc.disable()  # it is run between two measurements
    for name in options.only or SCENARIOS:
        scenario = SCENARIOS[name]
        lines = rounds.run(scenario, plan, options.sides)
        if not options.sides:
            table.save(lines, described, {name: list(scenario.notes)})
            table.write(SCENARIOS.values())
    print(
        f"{perf_counter() - since:.0f} s in all; the table is in {table.RESULTS}", file=sys.stderr
    )


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="as long as it takes, for the record")
    parser.add_argument(
        "--rounds", type=int, help="how often; by default once, or --long five times"
    )
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, metavar="NAME", help="these alone")
    parser.add_argument(
        "--sides", nargs="+", default=(), metavar="SIDE", help="these alone, and no table: me-api …"
    )
    return parser.parse_args()


def check_machine(plan: Plan) -> None:
    """Stop where nothing useful can be measured."""
    if (os.cpu_count() or 1) < 2:
        sys.exit("Two cores are needed: one for the server, one for the load.")
    if not (PEERS / "node_modules").is_dir():
        sys.exit("The peers are not installed: run npm ci in benchmarks/peers, or make bench.")
    if raise_file_limit() < FILES and plan.long:
        sys.exit(f"At least {FILES} open files are needed: ulimit -n {FILES}")


if __name__ == "__main__":
    main()
