"""One server for all tests with default settings; each test has rooms of its own."""

from collections.abc import Iterator

import pytest

from tests.conftest import StartServer
from tests.recovery.raw_clients import Wires
from tests.recovery.scenario import World


def share_world(start_server: StartServer, **options: object) -> Iterator[World]:
    """Start a server once. A test may kill it: the next one finds it running again.

    It is patient: tests lock its database while they send requests.
    """
    server = start_server("shared", **{"entry": "patient", **options})
    yield World(server)
    if server.running:
        server.stop()


@pytest.fixture(scope="package")
def shared_world(start_server: StartServer) -> Iterator[World]:
    yield from share_world(start_server)


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
