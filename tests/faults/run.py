"""Faults at random for as long as wanted: `make faults MINUTES=30`, `make faults-cluster`."""

import argparse
import logging
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from typing import Any

from tests.faults.faults import FAULTS
from tests.faults.harness import Harness, make_harness
from tests.faults.nodes.faults import FAULTS as NODES_FAULTS
from tests.faults.nodes.harness import Nodes, make_nodes
from tests.faults.plan import Step, endless
from tests.faults.report import make_report, write
from tests.faults.session import Session
from tests.support.forks import ForkedServer, ForkServer, fork_server_in
from tests.support.node import NodeClients
from tests.support.postgresql import Cluster
from tests.support.redis import RedisServer
from tests.support.server import LiveServer

PACE = 0.03
"""Clients that are away for some seconds miss more than a page of changes."""
NODES_PACE = 0.1
"""Three nodes, nginx and PostgreSQL share the machine with the clients."""
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
        forks = undo.enter_context(fork_server_in(base))
        target = make_cluster(forks, base, undo) if options.nodes else make_one(forks, base, undo)
        node = NodeClients()
        undo.callback(node.end)
        pace = NODES_PACE if options.nodes else PACE
        session = Session(target, node, options.seed, pace)
        steps = endless(NODES_FAULTS if options.nodes else FAULTS, options.seed)
        try:
            violations = session.run(until(steps, options.minutes))
        finally:
            # Also of a run that was given up, which has not been compared with the history.
            for violation in target.checker.violations[:SHOWN]:
                print(violation)
        report = make_report(session, options.minutes, options.seed)
    print(report)
    if options.page:
        write(report, options.page, "faults-cluster" if options.nodes else "faults")
    return int(bool(violations))


def parse() -> argparse.Namespace:
    """Read the options of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    seed = int(os.environ.get("FAULTS_SEED", secrets.randbits(32)))
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--page", type=Path, help="the page to write the report into")
    parser.add_argument("--nodes", action="store_true", help="three nodes instead of one server")
    return parser.parse_args()


def make_one(forks: ForkServer, base: Path, undo: ExitStack) -> Harness:
    """Start one server with SQLite."""
    folder = base / "server"
    folder.mkdir()
    server = ForkedServer(forks, folder, entry="jumping_clock")
    harness = make_harness(server, forks.empty_database)
    undo.callback(harness.close)
    return harness


def make_cluster(forks: ForkServer, base: Path, undo: ExitStack) -> Nodes:
    """Start PostgreSQL, Redis, three nodes and nginx."""
    postgresql = Cluster()
    undo.callback(postgresql.close)
    redis = RedisServer()
    undo.callback(redis.close)
    url = postgresql.url(postgresql.create())

    def make(name: str, **settings: Any) -> LiveServer:
        (base / name).mkdir()
        return ForkedServer(forks, base / name, **settings)

    migration = make("migrate", entry="migrate", database_url=url)
    migration.spawn()
    assert migration.wait() == 0, migration.log
    nodes = make_nodes(postgresql, redis, url, base, make)
    undo.callback(nodes.close)
    return nodes


def until(steps: Iterator[Step], minutes: float) -> Iterator[Step]:
    """Yield steps until the time is over."""
    end = monotonic() + 60 * minutes
    while monotonic() < end:
        yield next(steps)


if __name__ == "__main__":
    raise SystemExit(main())
