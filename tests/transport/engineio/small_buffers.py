"""A server with a small write buffer for each client, and long messages to send them."""

from collections.abc import Iterator

import pytest

from tests.conftest import StartServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.transport.assertions import SECONDS, connections, fill_lobby

LONG = 100_000
"""Characters of each message."""
BOUND = 500_000
"""The most bytes that wait for one client."""


@pytest.fixture(scope="module")
def small_buffer_server(
    request: pytest.FixtureRequest, start_server: StartServer
) -> Iterator[LiveServer]:
    """Start a server with as many messages as the module's `PAGE` says."""
    made = start_server("narrow", message_max_length=LONG, outbox_bytes=BOUND)
    fill_lobby(made, request.module.PAGE, LONG)
    yield made
    made.stop()


@pytest.fixture
def server(small_buffer_server: LiveServer) -> LiveServer:
    """Use the server with the small write buffer instead of the default one."""
    wait_until(lambda: connections(small_buffer_server) == 0, SECONDS, "everybody leaving")
    return small_buffer_server
