"""One server under malformed and hostile traffic, and a bystander that must not notice it."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import StartServer, reported
from tests.support.server import LiveServer
from tests.support.wire import WireClient
from tests.transport.suite import Suite

CHAT = "/chat"
numbers = itertools.count(1)


@pytest.fixture(scope="session")
def hostile_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start the shared server; its ping interval is a fraction of a second."""
    made = start_server("transport", ping_interval=12.345, ping_timeout=6.5)
    yield made
    made.stop()


@pytest.fixture
def server(hostile_server: LiveServer, request: pytest.FixtureRequest) -> LiveServer:
    """Use the shared server, and print its log if the test fails."""
    return reported(hostile_server, request)


Attack = Callable[[], WireClient]


@pytest.fixture
def connect(server: LiveServer) -> Iterator[Attack]:
    """Open raw connections that are not in any namespace yet."""
    clients: list[WireClient] = []

    def make() -> WireClient:
        clients.append(WireClient(server.host, server.port))
        return clients[-1]

    yield make
    for client in clients:
        client.abort()


@pytest.fixture
def client(connect: Attack) -> WireClient:
    """Connect a client to the chat."""
    made = connect()
    made.connect(CHAT, {"nick": f"client{next(numbers)}"})
    made.wait_event("ready")
    return made


@pytest.fixture
def bystander(connect: Attack) -> Iterator[WireClient]:
    """Connect a client whose connection must work as well after the test as before."""
    made = connect()
    made.connect(CHAT, {"nick": f"bystander{next(numbers)}"})
    assert "data" in made.call(CHAT, "join", {"room": "lobby"})
    yield made
    text = f"fence {next(numbers)}"
    posted = made.call(CHAT, "post", {"room": "lobby", "text": text})
    assert posted["data"]["text"] == text
    made.wait_event("message", lambda message, rev: message["text"] == text)


@pytest.fixture(scope="module")
def echo_suite(request: pytest.FixtureRequest, start_server: StartServer) -> Iterator[Suite]:
    """Start the module's `ENTRY`, with pings that disturb no case."""
    server = start_server("echo", entry=request.module.ENTRY, ping_interval=25, ping_timeout=20)
    yield Suite(server)
    server.stop()


@pytest.fixture(scope="module")
def beating_suite(request: pytest.FixtureRequest, start_server: StartServer) -> Iterator[Suite]:
    """Start the module's `ENTRY`, with short intervals."""
    intervals = {"ping_interval": 0.3, "ping_timeout": 5, "connect_timeout": 30}
    server = start_server("beating", entry=request.module.ENTRY, **intervals)
    yield Suite(server)
    server.stop()


@pytest.fixture
def suite(echo_suite: Suite) -> Iterator[Suite]:
    yield echo_suite
    echo_suite.close()


@pytest.fixture
def beating(beating_suite: Suite) -> Iterator[Suite]:
    yield beating_suite
    beating_suite.close()


@pytest.fixture(autouse=True)
def nothing_unexpected(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail if the server of a test has logged an unexpected error."""
    # Not an argument: tests that have no server would start one.
    if "server" not in request.fixturenames:
        yield
        return
    server: LiveServer = request.getfixturevalue("server")
    before = len(server.log)
    yield
    assert "Traceback" not in server.log[before:], server.log[before:]
