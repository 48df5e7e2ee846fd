"""Fixtures: a client that polls, and one that posts meanwhile."""

from collections.abc import Iterator

import pytest

from tests.support.server import LiveServer
from tests.support.wire import WireClient
from tests.transport.assertions import joined
from tests.transport.conftest import numbers
from tests.transport.upgrader import Upgrader


@pytest.fixture
def upgrader(server: LiveServer) -> Upgrader:
    """Connect a client that polls."""
    return Upgrader(server)


@pytest.fixture
def poster(server: LiveServer) -> Iterator[WireClient]:
    """Connect a client that posts."""
    with joined(server, f"poster{next(numbers)}") as made:
        yield made
