"""Faults of every kind, three nodes, clients of every kind: nothing is lost, doubled or reordered.

`FAULTS_SEED` repeats a run as far as a seed decides it; `make faults-cluster MINUTES=30` runs it
for longer.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SERVERS
from tests.faults.each import LEAK, check_each_fault
from tests.faults.nodes.faults import FAULTS
from tests.faults.nodes.harness import Nodes, make_nodes
from tests.support.databases import Databases
from tests.support.forks import ForkedServer, ForkServer
from tests.support.node import NodeClients
from tests.support.postgresql import Cluster
from tests.support.redis import RedisServer
from tests.support.server import LiveServer


@pytest.fixture
def nodes(
    request: pytest.FixtureRequest,
    postgresql: Cluster,
    redis: RedisServer,
    postgresql_databases: Databases,
    fork_server: ForkServer,
    tmp_path: Path,
) -> Iterator[Nodes]:
    reported = request.node.stash.setdefault(SERVERS, [])

    def make(name: str, **settings: Any) -> LiveServer:
        folder = tmp_path / name
        folder.mkdir()
        made = ForkedServer(fork_server, folder, **settings)
        reported.append(made)
        return made

    url = postgresql_databases.create(tmp_path)
    made = make_nodes(postgresql, redis, url, tmp_path, make)
    yield made
    made.close()
    postgresql_databases.drop(url)


@pytest.mark.filterwarnings(LEAK)
def test_each_fault_under_load(nodes: Nodes, node: NodeClients) -> None:
    check_each_fault(nodes, node, FAULTS, pace=0.2)
