"""One server for all tests of moderation; each test has a room and nicks of its own."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.chat.clients import Room, make_token
from tests.chat.conftest import MakeRoom, MakeToken, Visit, make_room, make_user, numbers, visit
from tests.conftest import StartServer, reported
from tests.moderation.opened import Opened
from tests.support.server import LiveServer

__all__ = ["MakeRoom", "MakeToken", "Visit", "make_room", "make_user", "visit"]

addresses = itertools.count(1)

Open = Callable[..., Opened]


@pytest.fixture(scope="session")
def moderated_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start the server that all tests of moderation share."""
    made = start_server("moderation", trusted_proxies=1)
    yield made
    made.stop()


@pytest.fixture
def server(moderated_server: LiveServer, request: pytest.FixtureRequest) -> LiveServer:
    """Return the shared server; its output is shown if the test fails."""
    return reported(moderated_server, request)


@pytest.fixture(scope="session")
def owner(moderated_server: LiveServer) -> str:
    """Return a token of the site's owner."""
    return make_token(moderated_server, "the-owner", "owner")


@pytest.fixture(scope="session")
def moderator(moderated_server: LiveServer) -> str:
    """Return a token of a moderator."""
    return make_token(moderated_server, "the-moderator", "moderator")


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """Return a function that makes unique names."""
    return lambda base: f"{base}{next(numbers)}"


@pytest.fixture
def room(make_room: MakeRoom) -> Room:
    """Create a room that is open to guests."""
    return make_room()


@pytest.fixture
def address() -> str:
    """Return an address of its own, from which a proxy passes requests on."""
    return f"203.0.113.{next(addresses)}"


@pytest.fixture
def open_all(server: LiveServer) -> Iterator[Open]:
    """Return a function that opens a connection of every kind for a guest or a user."""
    made: list[Opened] = []

    def make(room: Room, **options: str) -> Opened:
        made.append(Opened(server, room, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()
