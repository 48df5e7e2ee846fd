"""Several real servers on one PostgreSQL database."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from me_api.auth import web_tokens
from me_api.auth.nicks import fold
from tests.chat.clients import ChatClient, Room
from tests.conftest import end
from tests.support.databases import Databases
from tests.support.forks import ForkedServer, ForkServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import Memory

KEY = "k" * 32


class Nodes:
    """Servers on a database of their own, by their names; those of a module share it."""

    def __init__(self, forks: ForkServer, folder: Path, url: str) -> None:
        self._forks, self._folder, self.url = forks, folder, url
        self.servers: dict[str, LiveServer] = {}

    def make(self, name: str, **settings: object) -> LiveServer:
        """Make a server without starting it."""
        folder = self._folder / f"{name}-{secrets.token_hex(4)}"
        folder.mkdir()
        given = {"database_url": self.url, "jwt_secret": KEY, "node": name, **settings}
        made = ForkedServer(self._forks, folder, **given)
        self.servers[name] = made
        return made

    def start(self, name: str, **settings: object) -> LiveServer:
        """Make a server, or take the one of this name, and start it unless it runs."""
        made = self.servers.get(name) or self.make(name, **settings)
        return made if made.running else made.start()

    def end(self) -> None:
        end(list(self.servers.values()))


@pytest.fixture(scope="module")
def nodes(
    fork_server: ForkServer,
    postgresql_databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Nodes]:
    """Lend a database, and servers that are started when they are first used."""
    folder = tmp_path_factory.mktemp("nodes")
    url = postgresql_databases.create(folder)
    made = Nodes(fork_server, folder, url)
    yield made
    made.end()
    postgresql_databases.drop(url)


@pytest.fixture
def two(nodes: Nodes) -> tuple[LiveServer, LiveServer]:
    """Return two nodes that are running, `a` and `b`."""
    return nodes.start("a"), nodes.start("b")


Visit = Callable[..., ChatClient]


def make_token(server: LiveServer, nick: str, role: str = "member") -> str:
    """Return a token of a user, who is created unless there is one."""
    values = {"nick": nick, "folded": fold(nick), "email": f"{nick}@example.com", "role": role}
    rows = server.query(
        "INSERT INTO users (email, email_folded, nick, nick_folded, password_hash, role, created)"
        " VALUES (:email, :email, :nick, :folded, 'none', :role, '2026-01-01T00:00:00.000Z')"
        " ON CONFLICT (email_folded) DO UPDATE SET role = excluded.role RETURNING id",
        **values,
    )
    return web_tokens.issue(rows[0][0], KEY, 1)


@pytest.fixture
def room(two: tuple[LiveServer, LiveServer]) -> Room:
    """Make a room of its own, and return it as the first node serves it."""
    made = Room(two[0], f"room-{secrets.token_hex(4)}")
    reply = two[0].post("/chat/rooms", {"name": made.name}, token=make_token(two[0], "maker"))
    assert reply.status == 201, reply.body
    return made


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Return a function that connects a client to a server, and joins a room if there is one."""
    made: list[ChatClient] = []

    def connect(
        server: LiveServer, room: Room | None = None, memory: Memory | None = None, **auth: Any
    ) -> ChatClient:
        client = ChatClient(server, memory)
        made.append(client)
        client.connect("/chat", auth)
        client.wait_event("ready")
        if room is not None:
            client.join(room)
        return client

    yield connect
    for client in made:
        client.abort()


def at(server: LiveServer, room: Room) -> Room:
    """Return a room as another node serves it."""
    return Room(server, room.name)


def nicks_at(server: LiveServer, room: Room) -> list[str]:
    """Return the members of a room that a node knows of."""
    members = server.get(f"{room.url}/members").json["data"]
    return sorted(member["nick"] for member in members)


def wait_members(server: LiveServer, room: Room, *nicks: str) -> None:
    """Wait until a node knows exactly these members."""
    wait_until(lambda: nicks_at(server, room) == sorted(nicks), what=f"the members {nicks}")
