"""One server for all tests with default settings; each test has rooms of its own."""

from collections.abc import Iterator

import pytest

from tests.recovery.raw_clients import Wires
from tests.recovery.scenario import World
from tests.support.server import LiveServer


@pytest.fixture(scope="package")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Start the server once. A test may kill it: the next one finds it running again."""
    server = LiveServer(tmp_path_factory.mktemp("shared")).start()
    yield World(server)
    if server.running:
        server.stop()


@pytest.fixture
def world(shared_world: World, request: pytest.FixtureRequest) -> World:
    """Return the shared server; its output is reported below a failed test."""
    server = shared_world.server
    if not server.running:
        server.start()
    request.node.add_report_section("setup", "log", f"the server's log is {server.log_path}")
    return shared_world


@pytest.fixture
def wires(world: World) -> Iterator[Wires]:
    """Create wire clients of the shared server."""
    made = Wires(world.server)
    yield made
    made.close()
