"""A server like that of the recovery tests; the same examples in every CI run."""

from collections.abc import Iterator

import pytest

from tests.conftest import StartServer
from tests.recovery.conftest import share_world, wires, world
from tests.recovery.scenario import World

__all__ = ["wires", "world"]


@pytest.fixture(scope="package")
def shared_world(start_server: StartServer) -> Iterator[World]:
    """Start a server for all tests of the package."""
    yield from share_world(start_server)
