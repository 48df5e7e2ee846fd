"""Long-lived tokens in this process, and one server that the tests of real clients share."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from me_api.chat import rooms as chat_rooms
from tests.chat.clients import make_token
from tests.conftest import StartServer, reported
from tests.support.app import Person
from tests.support.fixtures import MakePerson, anybody, app, make_person, template
from tests.support.server import LiveServer

__all__ = ["anybody", "app", "make_person", "template"]

numbers = itertools.count(1)

MakeApiToken = Callable[..., dict[str, Any]]


@pytest.fixture
def lobby(app: Flask) -> None:
    """Create the room that a server creates when it starts."""
    with app.app_context():
        chat_rooms.ensure(("lobby",))


@pytest.fixture
def mos(make_person: MakePerson) -> Person:
    """Register a user, and return a client of theirs."""
    return make_person("mos")


@pytest.fixture(scope="session")
def token_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start the server that all tests here share."""
    made = start_server("tokens")
    yield made
    made.stop()


@pytest.fixture
def server(token_server: LiveServer, request: pytest.FixtureRequest) -> LiveServer:
    """Return the shared server; its output is shown if the test fails."""
    return reported(token_server, request)


@pytest.fixture(scope="session")
def login(token_server: LiveServer) -> str:
    """Return the token of the login of the user whose long-lived tokens are tested."""
    return make_token(token_server, "maker")


@pytest.fixture
def rooms(server: LiveServer, login: str) -> tuple[str, str]:
    """Make two rooms that are closed to guests: the token's own, and another."""
    number = next(numbers)
    names = f"own{number}", f"other{number}"
    for name in names:
        reply = server.post("/chat/rooms", {"name": name, "guests": "none"}, token=login)
        assert reply.status == 201, reply.body
        server.post(f"/chat/rooms/{name}/messages", {"text": "first"}, token=login)
    return names


@pytest.fixture
def make_api_token(server: LiveServer, login: str) -> MakeApiToken:
    """Return a function that creates a long-lived token and returns it."""

    def make(**fields: Any) -> dict[str, Any]:
        body = {"name": "thing", "scopes": ["read", "post"], **fields}
        reply = server.post("/tokens", body, token=login)
        assert reply.status == 201, reply.body
        made: dict[str, Any] = reply.json["data"]
        return made

    return make
