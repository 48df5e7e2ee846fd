"""A server that the tests of a module share, with an owner."""

from collections.abc import Iterator

import pytest

from tests.conftest import StartServer
from tests.support.accounts import owner_token
from tests.support.server import LiveServer


@pytest.fixture(scope="module")
def site(start_server: StartServer) -> Iterator[LiveServer]:
    """Start one server for all tests of a module, also for those that kill it."""
    made = start_server("terminal")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def token(site: LiveServer) -> str:
    """Return a token of the owner, `mos`."""
    return owner_token(site)
