"""Fixtures: one server with a large limit of messages, and native WebSocket clients."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import StartServer, reported
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.websocket.flood import LARGEST

numbers = itertools.count(1)

Connect = Callable[..., NativeClient]


@pytest.fixture(scope="session")
def native_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start a server that the tests of a session share."""
    server = start_server("native", websocket_max_bytes=LARGEST, rooms="lobby,other")
    yield server
    server.stop()


@pytest.fixture
def server(native_server: LiveServer, request: pytest.FixtureRequest) -> LiveServer:
    """Use the shared server; its log is shown if the test fails."""
    return reported(native_server, request)


@pytest.fixture
def nothing_unexpected(server: LiveServer) -> Iterator[None]:
    """Fail if the server has logged an unexpected error during the test."""
    before = len(server.log)
    yield
    assert "Traceback" not in server.log[before:], server.log[before:]


@pytest.fixture
def connect(server: LiveServer, nothing_unexpected: None) -> Iterator[Connect]:
    """Return a function that opens native WebSockets, which are aborted after the test."""
    clients: list[NativeClient] = []

    def open_client(
        path: str = "/ws/echo",
        protocols: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> NativeClient:
        clients.append(NativeClient(server, path, protocols, headers))
        assert clients[-1].status == 101, clients[-1].socket.headers
        return clients[-1]

    yield open_client
    for client in clients:
        client.abort()


@pytest.fixture
def echo(connect: Connect) -> NativeClient:
    """Connect a client to the echo."""
    return connect()


@pytest.fixture
def nick() -> str:
    """Return a nick that no other test uses."""
    return f"nick{next(numbers)}"
