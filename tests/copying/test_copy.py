"""A database is copied into another one, and servers and clients go on with the copy."""

import pytest

from me_api.copying.tables import OWN
from me_api.extensions import db
from tests.chat.clients import Room, make_token, secret
from tests.conftest import MakeServer
from tests.copying.copies import TABLES, StartCopy, contents, fill, url_of
from tests.support.databases import connect, execute
from tests.support.node import NodeClients
from tests.support.wait import wait_until

pytestmark = pytest.mark.sqlite

MESSAGE = (
    "INSERT INTO messages (room_id, id, rev, born, nick, verified, sender, text, created)"
    " VALUES (1, :id, :id, :id, 'mos', false, 'x', :text, '2026-01-01T00:00:00.000Z')"
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
    counted = "1 users, 3 rooms, 1 tokens, 1 token_rooms, 0 bans, 0 moderation_log, 0 purges"
    assert f"{counted}, 0 pruned_keys, 1 sessions" in copied.log
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
