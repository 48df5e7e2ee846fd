"""One server for all tests of the chat; each test has a room and nicks of its own."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.chat.clients import CHAT, ChatClient, Room, make_token
from tests.conftest import StartServer, reported
from tests.support.server import LiveServer
from tests.support.wire import Memory

numbers = itertools.count(1)

Visit = Callable[..., ChatClient]
MakeRoom = Callable[..., Room]
MakeToken = Callable[..., str]


@pytest.fixture(scope="session")
def chat_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start the server that all tests of the chat share."""
    made = start_server("chat")
    yield made
    made.stop()


@pytest.fixture
def server(chat_server: LiveServer, request: pytest.FixtureRequest) -> LiveServer:
    """Return the shared server; its output is shown if the test fails."""
    return reported(chat_server, request)


@pytest.fixture(scope="session")
def owner(chat_server: LiveServer) -> str:
    """Return a token of the site's owner."""
    return make_token(chat_server, "the-owner", "owner")


@pytest.fixture
def make_user(server: LiveServer) -> MakeToken:
    """Return a function that stores a member and returns a token."""
    return lambda nick, **options: make_token(server, nick, **options)


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """Return a function that makes unique names."""
    return lambda base: f"{base}{next(numbers)}"


@pytest.fixture
def make_room(server: LiveServer, owner: str) -> MakeRoom:
    """Return a function that creates a room."""

    def make(guests: str = "post") -> Room:
        name = f"room{next(numbers)}"
        reply = server.post("/chat/rooms", {"name": name, "guests": guests}, token=owner)
        assert reply.status == 201, reply.body
        return Room(server, name)

    return make


@pytest.fixture
def room(make_room: MakeRoom) -> Room:
    """Create a room that is open to guests."""
    return make_room()


@pytest.fixture
def visit(server: LiveServer) -> Iterator[Visit]:
    """Return a function that connects a client; all are aborted after the test."""
    clients: list[ChatClient] = []

    def connect(*rooms: Room, memory: Memory | None = None, **auth: Any) -> ChatClient:
        client = ChatClient(server, memory)
        clients.append(client)
        client.connect(CHAT, auth)
        client.wait_event("ready")
        for room in rooms:
            client.join(room)
        return client

    yield connect
    for client in clients:
        client.abort()
