"""A server like that of the recovery tests; the same examples in every CI run."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.conftest import StartServer
from tests.recovery.conftest import share_world, wires, world
from tests.recovery.scenario import World

__all__ = ["wires", "world"]

settings.register_profile("ci", derandomize=True, print_blob=True)
if "CI" in os.environ:
    settings.load_profile("ci")


@pytest.fixture(scope="package")
def shared_world(start_server: StartServer) -> Iterator[World]:
    """Start a server that is not measured: it does under load what others do in other tests."""
    yield from share_world(start_server, measured=False)
