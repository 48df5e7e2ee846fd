"""An empty database in PostgreSQL, and copies that run beside a server."""

from collections.abc import Iterator

import pytest

from tests.copying.copies import Command, StartCopy, url_of
from tests.support.forks import ForkServer
from tests.support.postgresql import Cluster
from tests.support.server import LiveServer


@pytest.fixture
def empty(postgresql: Cluster) -> str:
    """Create an empty PostgreSQL database and return its URL."""
    return postgresql.url(postgresql.create())


@pytest.fixture
def start_copy(fork_server: ForkServer) -> Iterator[StartCopy]:
    """Return a function that copies the database of a server; what still runs is killed."""
    commands: list[Command] = []

    def start(server: LiveServer, target: str, *options: str) -> Command:
        commands.append(Command(fork_server, server, url_of(server), target, *options))
        return commands[-1]

    yield start
    for command in commands:
        command.process.kill()
        command.process.wait(10)
