"""Measure me-api against its peers, and write the table of results.

python -m benchmarks.run [--long] [--rounds N] [--only NAME …] [--sides SIDE …]
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from time import perf_counter

from benchmarks import machine, rounds, table
from benchmarks.http_load import compile_load
from benchmarks.load import LOAD_CORE, pin_to_core, raise_file_limit
from benchmarks.peer_servers import PEERS
from benchmarks.results import Plan, Scenario
from benchmarks.scenarios import (
    ceiling,
    churn,
    connecting,
    dialects,
    emitting,
    fanout,
    idle,
    ingest,
    jitter,
    native,
    paced,
    reading,
    slow,
    storm,
    writing,
)

MODULES = (
    reading,
    writing,
    fanout,
    dialects,
    emitting,
    native,
    ingest,
    connecting,
    paced,
    jitter,
    storm,
    idle,
    slow,
    churn,
    ceiling,
)
SCENARIOS: dict[str, Scenario] = {module.SCENARIO.name: module.SCENARIO for module in MODULES}
FILES = 5300
"""Open files needed for the 5,000 connections of the scenario `idle`."""


def main() -> None:
    """Run the chosen scenarios; the results of each are saved as soon as it ends."""
    options = arguments()
    plan = Plan(long=options.long, rounds=options.rounds)
    check_machine(plan)
    compile_load()
    described, since = machine.describe(), perf_counter()
    pin_to_core(LOAD_CORE)
    # A collection would interrupt a measurement, so `rounds` runs one between measurements.
    gc.disable()
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
    """Parse the options of the command line."""
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
    """Exit with one line if the machine cannot run the benchmarks."""
    if (os.cpu_count() or 1) < 2:
        sys.exit("Two cores are needed: one for the server, one for the load.")
    if not (PEERS / "node_modules").is_dir():
        sys.exit("The peers are not installed: run npm ci in benchmarks/peers, or make bench.")
    if raise_file_limit() < FILES and plan.long:
        sys.exit(f"At least {FILES} open files are needed: ulimit -n {FILES}")


if __name__ == "__main__":
    main()
