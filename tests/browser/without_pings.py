"""A server without pings: a page whose clock is moved would miss one and reconnect."""

from collections.abc import Iterator

import pytest

from tests.conftest import MakeServer
from tests.support.server import LiveServer


@pytest.fixture
def server(make_server: MakeServer) -> Iterator[LiveServer]:
    """Start a server without pings, for this test only; it is killed."""
    made = make_server(ping_interval=3600)
    yield made
    made.kill()
