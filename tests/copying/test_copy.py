"""A database is copied into another one, and servers and clients go on with the copy."""

import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from me_api.copying.tables import BY_REV, OWN, SESSIONS, WHOLE
from me_api.extensions import db
from tests.chat.clients import Room, make_token, secret
from tests.conftest import MakeServer
from tests.support.app import commands_beside
from tests.support.databases import connect, execute
from tests.support.forks import ForkServer
from tests.support.node import NodeClients
from tests.support.postgresql import Cluster
from tests.support.server import ENTRIES, LiveServer
from tests.support.wait import wait_until

pytestmark = pytest.mark.sqlite

StartCopy = Callable[..., "Command"]
TABLES = [table.name for table in (*WHOLE, SESSIONS, *BY_REV)]
MESSAGE = (
    "INSERT INTO messages (room_id, id, rev, born, nick, verified, sender, text, created)"
    " VALUES (1, :id, :id, :id, 'mos', false, 'x', :text, '2026-01-01T00:00:00.000Z')"
)


@pytest.fixture
def empty(postgresql: Cluster) -> str:
    """Create an empty PostgreSQL database and return its URL."""
    return postgresql.url(postgresql.create())


def url_of(server: LiveServer) -> str:
    return str(server.settings["database_url"])


class Command:
    """A command `flask db copy` that runs."""

    def __init__(self, fork_server: ForkServer, server: LiveServer, *arguments: str) -> None:
        self._path = server.folder / f"copy-{secrets.token_hex(4)}.log"
        self._path.touch()
        given = {"FLASK_ARGUMENTS": json.dumps(["db", "copy", *arguments])}
        self.process = fork_server.start(
            entry=str(ENTRIES / "flask_command.py"),
            environment=server.environment() | given,
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


def test_every_table_is_copied_or_of_one_database() -> None:
    assert set(TABLES) | OWN == set(db.metadata.tables)


def test_clients_go_on_after_the_move(
    make_server: MakeServer, start_copy: StartCopy, empty: str, node: NodeClients
) -> None:
    server = make_server()
    fill(server)
    guest, room = secret(), Room(server, "lobby")
    client = node.connect(server.url, "/chat", {"nick": "anna", "guest": guest})
    client.wait_for("ready")
    assert "data" in client.call("join", {"room": "lobby"})
    mine = client.call("post", {"room": "lobby", "text": "från anna", "key": "k1"})["data"]
    before = room.page()
    copied = start_copy(server, empty)
    copied.wait_following()
    edited = room.say("efter början", guest=guest)
    room.edit(edited["id"], "och ändrat", guest=guest)
    client.wait_for("message", lambda message, _: message["text"] == "och ändrat")
    server.stop()
    copied.wait()
    counted = "1 users, 3 rooms, 1 tokens, 1 token_rooms, 0 bans, 0 moderation_log, 0 pruned_keys"
    assert f"{counted}, 1 sessions" in copied.log
    old = contents(url_of(server))
    assert contents(empty) == old

    server.settings["database_url"] = empty
    server.start()
    said = room.say("på den nya")
    client.wait_for("message", lambda message, _: message["text"] == "på den nya")
    assert client.state()["recovered"]
    assert said["id"] == edited["id"] + 1
    assert said["rev"] == old["log"][0][0] + 1
    missed = room.changes(before["rev"], f"epoch={before['epoch']}")["data"]
    assert [message["text"] for message in missed] == ["och ändrat", "på den nya"]
    again = client.call("post", {"room": "lobby", "text": "från anna", "key": "k1"})["data"]
    assert again["id"] == mine["id"], "the key is known"
    assert room.edit(mine["id"], "ändrat av anna", guest=guest).status == 200
    found = server.get("/chat/search?q=andrat").json["data"]
    assert [message["text"] for message in found][:2] == ["ändrat av anna", "och ändrat"]
    make_token(server, "new")  # Its id comes from the sequence.
    owner = server.query("SELECT id FROM users WHERE nick = 'new'")
    assert owner == [(2,)]


def test_messages_that_are_removed_after_they_were_copied(
    make_server: MakeServer, start_copy: StartCopy
) -> None:
    """A room's retention removes them, also from the copy."""
    server, target = make_server(), "target.sqlite"
    fill(server)
    server.query("UPDATE messages SET created = '2026-01-01T00:00:00.000Z'")
    url = f"sqlite:///{server.folder / target}"
    copied = start_copy(server, url)
    copied.wait_following()
    assert server.flask("chat", "retention", "lobby", "--messages", "1").returncode == 0
    room = Room(server, "lobby")
    wait_until(lambda: room.get().json["data"]["first_id"] == 3, what="the removal")
    server.stop()
    copied.wait()
    assert contents(url) == contents(url_of(server))


def test_there_and_back_nothing_has_changed(
    make_server: MakeServer, start_copy: StartCopy, empty: str
) -> None:
    server = make_server()
    fill(server)
    make_token(server, "gone")
    server.query("DELETE FROM users WHERE nick = 'gone'")
    server.stop()
    done = server.flask("db", "copy", url_of(server), empty)
    assert done.returncode == 0, done.stdout + done.stderr
    assert contents(empty) == contents(url_of(server))
    server.settings["database_url"] = empty
    server.start()
    back = f"sqlite:///{server.folder / 'back.sqlite'}"
    copied = start_copy(server, back)
    copied.wait_following()
    Room(server, "lobby").say("efter början")
    Room(server, "lobby").edit(3, "ändrat igen", token=make_token(server, "owner2", "owner"))
    server.stop()
    copied.wait()
    assert contents(back) == contents(empty)
    server.settings["database_url"] = back
    server.start()
    make_token(server, "new")
    assert server.query("SELECT id FROM users WHERE nick = 'new'") == [(4,)], "gone had 2"
    found = server.get("/chat/search?q=andrat").json["data"]
    assert [message["text"] for message in found] == ["ändrat igen", "ändrat"]


def test_a_snapshot_has_an_epoch_of_its_own(
    make_server: MakeServer, start_copy: StartCopy, empty: str
) -> None:
    server = make_server()
    fill(server)
    start_copy(server, empty, "--snapshot").wait()
    old, new = contents(url_of(server)), contents(empty)
    assert old.pop("log")[0][1] != new.pop("log")[0][1]
    old.pop("sessions")
    assert new.pop("sessions") == []
    assert new == old


def test_more_than_a_batch(make_server: MakeServer, start_copy: StartCopy, empty: str) -> None:
    server = make_server()
    server.stop()
    with connect(url_of(server)) as connection:
        for n in range(1, 1301):
            execute(connection, MESSAGE, id=n, text=f"ord{n}")
        execute(connection, "UPDATE rooms SET last_id = 1300")
        execute(connection, "UPDATE log SET head = 1300")
    copied = start_copy(server, empty)
    copied.wait()
    assert "1,300 messages" in copied.log
    server.settings["database_url"] = empty
    server.start()
    for n in (1, 512, 513, 1300):
        found = server.get(f"/chat/search?q=ord{n}").json["data"]
        assert [message["id"] for message in found] == [n]


def test_what_is_killed_has_copied_nothing(
    make_server: MakeServer, start_copy: StartCopy, empty: str
) -> None:
    server = make_server()
    fill(server)
    killed = start_copy(server, empty)
    killed.wait_following()
    killed.process.kill()
    killed.process.wait()
    server.stop()
    assert contents(empty)["messages"] == []
    start_copy(server, empty).wait()
    assert contents(empty) == contents(url_of(server))


def refused(server: LiveServer, source: str, target: str) -> str:
    """Try to copy; return the error, which is one line."""
    with commands_beside(server) as commands:
        done = commands.invoke(args=["db", "copy", source, target])
    assert done.exit_code != 0, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    *_, line = done.stderr.strip().splitlines()
    assert line.startswith("Error: "), done.stderr
    return line


def test_what_cannot_be_copied_is_refused_in_one_line(make_server: MakeServer, empty: str) -> None:
    server = make_server()
    server.stop()
    ours, folder = url_of(server), server.folder
    missing = f"sqlite:///{folder / 'missing.sqlite'}"
    assert "There is no database" in refused(server, missing, empty)
    assert not (folder / "missing.sqlite").exists()
    assert "is not at this version" in refused(server, empty, missing)
    assert "is no URL" in refused(server, "me-api.sqlite", empty)
    assert "is no URL" in refused(server, ours, "mysql://root@localhost/me")
    nowhere = f"sqlite:///{folder / 'no' / 'folder.sqlite'}"
    assert "No such file" in refused(server, ours, nowhere)
    assert "is not empty" in refused(server, ours, ours)
    assert "failed" in refused(server, ours, "postgresql+psycopg://me@localhost:1/me")
    with connect(empty) as connection:
        execute(connection, "CREATE TABLE others (id int)")
    assert "is not empty" in refused(server, ours, empty)


def test_rows_that_the_copy_refuses_are_named(make_server: MakeServer, empty: str) -> None:
    server = make_server()
    fill(server)
    server.stop()
    with connect(url_of(server)) as connection:
        execute(connection, "UPDATE messages SET user_id = 77 WHERE id = 3")
    assert "(user_id)=(77)" in refused(server, url_of(server), empty)
    assert contents(empty)["messages"] == []
