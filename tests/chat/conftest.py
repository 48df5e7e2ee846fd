"""One server for all tests of the chat; each test has a room and nicks of its own."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.chat.people import CHAT, Room, Visitor, make_token
from tests.conftest import SERVERS, StartServer
from tests.support.server import LiveServer
from tests.support.wire import Memory

numbers = itertools.count(1)

Visit = Callable[..., Visitor]
MakeRoom = Callable[..., Room]
MakeToken = Callable[..., str]


@pytest.fixture(scope="session")
def chat_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start the one server."""
    made = start_server("chat")
    yield made
    made.stop()


@pytest.fixture
def server(chat_server: LiveServer, request: pytest.FixtureRequest) -> LiveServer:
    """Lend the one server, and show what it printed if the test fails."""
    request.node.stash.setdefault(SERVERS, []).append(chat_server)
    return chat_server


@pytest.fixture(scope="session")
def owner(chat_server: LiveServer) -> str:
    """Give the owner's token."""
    return make_token(chat_server, "the-owner", "owner")


@pytest.fixture
def make_user(server: LiveServer) -> MakeToken:
    """Make members; give a token for each."""
    return lambda nick, **options: make_token(server, nick, **options)


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """Make names that nobody else has."""
    return lambda base: f"{base}{next(numbers)}"


@pytest.fixture
def make_room(server: LiveServer, owner: str) -> MakeRoom:
    """Make rooms."""

    def make(guests: str = "post") -> Room:
        name = f"room{next(numbers)}"
        reply = server.post("/chat/rooms", {"name": name, "guests": guests}, token=owner)
        assert reply.status == 201, reply.body
        return Room(server, name)

    return make


@pytest.fixture
def room(make_room: MakeRoom) -> Room:
    """Make a room that is open to all."""
    return make_room()


@pytest.fixture
def visit(server: LiveServer) -> Iterator[Visit]:
    """Connect clients with what their handshake says; they leave with the test."""
    visitors: list[Visitor] = []

    def connect(*rooms: Room, memory: Memory | None = None, **auth: Any) -> Visitor:
        visitor = Visitor(server, memory)
        visitors.append(visitor)
        visitor.connect(CHAT, auth)
        visitor.wait_event("ready")
        for room in rooms:
            visitor.enter(room)
        return visitor

    yield connect
    for visitor in visitors:
        visitor.abort()
