"""Running `flask db copy`, and comparing what it has copied."""

import secrets
from collections.abc import Callable
from typing import Any

from me_api.copying.tables import BY_REV, SESSIONS, WHOLE
from me_api.extensions import db
from tests.chat.clients import Room, make_token
from tests.support.databases import connect, execute
from tests.support.forks import FLASK, ForkServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until

StartCopy = Callable[..., "Command"]
TABLES = [table.name for table in (*WHOLE, SESSIONS, *BY_REV)]


def url_of(server: LiveServer) -> str:
    return str(server.settings["database_url"])


class Command:
    """A command `flask db copy` that runs."""

    def __init__(self, fork_server: ForkServer, server: LiveServer, *arguments: str) -> None:
        self._path = server.folder / f"copy-{secrets.token_hex(4)}.log"
        self._path.touch()
        self.process = fork_server.start(
            entry=FLASK,
            arguments=["db", "copy", *arguments],
            environment=server.environment(),
            log=str(self._path),
        )

    @property
    def log(self) -> str:
        """All that it has printed."""
        return self._path.read_text()

    def wait_following(self) -> None:
        """Wait until all is copied that was there, and the rest is being followed."""
        ended = self.process.poll
        wait_until(lambda: "Copied up to" in self.log or ended() is not None, 90, "following")
        assert self.process.poll() is None, self.log

    def wait(self) -> None:
        """Wait until the copy is complete."""
        assert self.process.wait(90) == 0, self.log
        assert "Copied and compared" in self.log


def contents(url: str) -> dict[str, list[Any]]:
    """Return all rows, and the position and epoch of the log."""
    with connect(url) as connection:
        held = {
            name: sorted(map(str, connection.execute(db.metadata.tables[name].select())))
            for name in TABLES
        }
        return {**held, "log": execute(connection, "SELECT head, epoch FROM log")}


def fill(server: LiveServer) -> None:
    """Store rows of every table, in every state."""
    owner = make_token(server, "owner", "owner")
    room = Room(server, "lobby")
    for n in range(3):
        room.say(f"ord {n} å\u0301 😀 '\"\\", token=owner)
    room.edit(1, "ändrat", token=owner)
    room.delete(2, token=owner)
    server.post("/chat/rooms", {"name": "attic", "guests": "none"}, token=owner)
    Room(server, "attic").say("hemligt", token=owner)
    for week in (1, 2):
        server.post("/reports", {"week": week, "title": "kmom", "text": "*hej*"}, token=owner)
    me = {"name": "Mos", "text": "*hej*", "links": "Git https://git.example/å"}
    server.put("/", me, token=owner)
    token = {"name": "sensor", "scopes": ["post"], "rooms": ["attic"]}
    assert server.post("/tokens", token, token=owner).status == 201
    with connect(url_of(server)) as connection:
        execute(
            connection,
            "UPDATE messages SET payload = :payload WHERE id = 3",
            payload='{"a":[1,2.5,null,"å\\u0000"],"big":12345678901234567890}',
        )
