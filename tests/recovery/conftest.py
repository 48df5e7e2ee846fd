"""One server for all tests that need no other settings; each test has rooms of its own."""

from collections.abc import Iterator

import pytest

from tests.conftest import StartServer
from tests.recovery.wires import Wires
from tests.recovery.world import World


@pytest.fixture(scope="package")
def shared_world(start_server: StartServer) -> Iterator[World]:
    """Start the server once. It may be killed: every test finds it running again."""
    server = start_server("shared")
    yield World(server)
    if server.running:
        server.stop()


@pytest.fixture
def world(shared_world: World, request: pytest.FixtureRequest) -> World:
    """Lend the shared server; below a failed test stands what it printed."""
    server = shared_world.server
    if not server.running:
        server.start()
    request.node.add_report_section("setup", "log", f"the server's log is {server.log_path}")
    return shared_world


@pytest.fixture
def wires(world: World) -> Iterator[Wires]:
    """Make wire clients of the shared server."""
    made = Wires(world.server)
    yield made
    made.close()
