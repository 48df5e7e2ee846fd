"""One server with a large limit, and clients that are gone after the test."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import SERVERS, StartServer
from tests.native.flood import LARGEST
from tests.support.native import NativeClient
from tests.support.server import LiveServer

numbers = itertools.count(1)

Connect = Callable[..., NativeClient]


@pytest.fixture(scope="session")
def native_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start the one server."""
    made = start_server("native", websocket_max_bytes=LARGEST, rooms="lobby,other")
    yield made
    made.stop()


@pytest.fixture
def server(native_server: LiveServer, request: pytest.FixtureRequest) -> LiveServer:
    """Lend the one server, and show what it printed if the test fails."""
    request.node.stash.setdefault(SERVERS, []).append(native_server)
    return native_server


@pytest.fixture
def nothing_unexpected(server: LiveServer) -> Iterator[None]:
    """Fail where the server met an error that nobody foresaw."""
    before = len(server.log)
    yield
    assert "Traceback" not in server.log[before:], server.log[before:]


@pytest.fixture
def connect(server: LiveServer, nothing_unexpected: None) -> Iterator[Connect]:
    """Open native WebSockets."""
    clients: list[NativeClient] = []

    def make(
        path: str = "/ws/echo",
        protocols: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> NativeClient:
        clients.append(NativeClient(server, path, protocols, headers))
        assert clients[-1].status == 101, clients[-1].socket.headers
        return clients[-1]

    yield make
    for client in clients:
        client.abort()


@pytest.fixture
def echo(connect: Connect) -> NativeClient:
    """Connect to the echo."""
    return connect()


@pytest.fixture
def nick() -> str:
    """Give a nick that nobody else has."""
    return f"nick{next(numbers)}"
