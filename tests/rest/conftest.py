"""The server and the rooms of the chat's tests, an application, and a server for few origins."""

from collections.abc import Callable, Iterator

import pytest

from tests.chat.conftest import chat_server, make_room, owner, room, server
from tests.conftest import StartServer
from tests.rest.keep_alive import KeepAliveConnection
from tests.support.fixtures import app, template
from tests.support.server import LiveServer

__all__ = ["app", "chat_server", "make_room", "owner", "room", "server", "template"]

ALLOWED = "https://one.example,http://two.example:8080"


@pytest.fixture(scope="session")
def narrow(start_server: StartServer) -> Iterator[LiveServer]:
    """Start a server that allows the pages of two origins."""
    made = start_server("narrow", cors_origins=ALLOWED)
    yield made
    made.stop()


@pytest.fixture
def connect(server: LiveServer) -> Iterator[Callable[[], KeepAliveConnection]]:
    """Return a function that opens connections."""
    connections: list[KeepAliveConnection] = []

    def make() -> KeepAliveConnection:
        connections.append(KeepAliveConnection(server))
        return connections[-1]

    yield make
    for connection in connections:
        connection.close()


@pytest.fixture
def connection(connect: Callable[[], KeepAliveConnection]) -> KeepAliveConnection:
    return connect()
