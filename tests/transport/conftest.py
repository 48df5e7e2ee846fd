"""One server that is sent nothing but trouble, and a bystander who must not notice."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import SERVERS, StartServer
from tests.support.server import LiveServer
from tests.support.wire import WireClient

CHAT = "/chat"
numbers = itertools.count(1)


@pytest.fixture(scope="session")
def hostile_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start the one server; its pings come at fractions of a second."""
    made = start_server("transport", ping_interval=12.345, ping_timeout=6.5)
    yield made
    made.stop()


@pytest.fixture
def server(hostile_server: LiveServer, request: pytest.FixtureRequest) -> LiveServer:
    """Lend the one server, and show what it printed if the test fails."""
    request.node.stash.setdefault(SERVERS, []).append(hostile_server)
    return hostile_server


Attack = Callable[[], WireClient]


@pytest.fixture
def connect(server: LiveServer) -> Iterator[Attack]:
    """Open raw connections, not yet in any namespace."""
    clients: list[WireClient] = []

    def make() -> WireClient:
        clients.append(WireClient(server.host, server.port))
        return clients[-1]

    yield make
    for client in clients:
        client.abort()


@pytest.fixture
def client(connect: Attack) -> WireClient:
    """Connect somebody to the chat."""
    made = connect()
    made.connect(CHAT, {"nick": f"client{next(numbers)}"})
    made.wait_event("ready")
    return made


@pytest.fixture
def bystander(connect: Attack) -> Iterator[WireClient]:
    """Connect somebody whose connection must be as good after the test as before."""
    made = connect()
    made.connect(CHAT, {"nick": f"bystander{next(numbers)}"})
    assert "data" in made.call(CHAT, "join", {"room": "lobby"})
    yield made
    text = f"fence {next(numbers)}"
    posted = made.call(CHAT, "post", {"room": "lobby", "text": text})
    assert posted["data"]["text"] == text
    made.wait_event("message", lambda message, rev: message["text"] == text)


@pytest.fixture(autouse=True)
def nothing_unexpected(server: LiveServer) -> Iterator[None]:
    """Fail where the server met an error that nobody foresaw."""
    before = len(server.log)
    yield
    assert "Traceback" not in server.log[before:], server.log[before:]
