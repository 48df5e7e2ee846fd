"""Faults at random for as long as wanted: `make faults MINUTES=30`."""

import argparse
import logging
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

from tests.faults.faults import FAULTS
from tests.faults.harness import make_harness
from tests.faults.plan import Step, endless
from tests.faults.report import make_report, write
from tests.faults.session import Session
from tests.support.forks import ForkedServer, ForkServer
from tests.support.node import NodeClients
from tests.support.server import LiveServer

PACE = 0.03
"""Clients that are away for some seconds miss more than a page of changes."""
SHOWN = 20
"""Of the violations; there may be thousands."""


def main() -> int:
    """Run, print the report, and return the exit code: 1 if any promise was broken."""
    options = parse()
    print(f"FAULTS_SEED={options.seed}")
    # The Python client logs each connection that it loses.
    logging.getLogger("engineio.client").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as undo:
        base = Path(folder)
        forks = ForkServer(base)
        undo.callback(forks.close)
        harness = make_harness(make_server(forks, base), forks.empty_database)
        undo.callback(harness.close)
        node = NodeClients()
        undo.callback(node.end)
        session = Session(harness, node, options.seed, PACE)
        steps = endless(FAULTS, options.seed)
        try:
            violations = session.run(until(steps, options.minutes))
        finally:
            # Also of a run that was given up, which has not been compared with the history.
            for violation in harness.checker.violations[:SHOWN]:
                print(violation)
        report = make_report(session, options.minutes, options.seed)
    print(report)
    if options.page:
        write(report, options.page)
    return int(bool(violations))


def parse() -> argparse.Namespace:
    """Read the options of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    seed = int(os.environ.get("FAULTS_SEED", secrets.randbits(32)))
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--page", type=Path, help="the page to write the report into")
    return parser.parse_args()


def make_server(forks: ForkServer, base: Path) -> LiveServer:
    """Return a server that has not been started."""
    folder = base / "server"
    folder.mkdir()
    return ForkedServer(forks, folder, entry="jumping_clock", measured=False)


def until(steps: Iterator[Step], minutes: float) -> Iterator[Step]:
    """Yield steps until the time is over."""
    end = monotonic() + 60 * minutes
    while monotonic() < end:
        yield next(steps)


if __name__ == "__main__":
    raise SystemExit(main())
