"""Old messages are removed: what is left, and which are old; what is done meanwhile."""

import json
import threading
from pathlib import Path

import pytest

from tests.chat.clients import Room, make_token
from tests.conftest import MakeServer
from tests.retention.keeping import GUEST, OLD, age, ids, keep, wait_pruned
from tests.support.server import LiveServer
from tests.support.wait import wait_until


def test_pages_begin_with_what_is_left(filled: LiveServer) -> None:
    room = Room(filled, "lobby")
    found = room.get().json["data"]
    assert (found["first_id"], found["last_id"], found["rev"]) == (6, 10, 10)
    assert (found["retention_days"], found["retention_messages"]) == (0, 5)
    assert ids(filled) == [6, 7, 8, 9, 10]
    assert ids(filled, "before=8&limit=5") == [6, 7]
    assert ids(filled, "after=0&limit=2") == [6, 7]
    assert ids(filled, "around=2&limit=4") == [6, 7, 8, 9]
    assert ids(filled, "at=2025-01-01&limit=2") == [6, 7]
    assert ids(filled, "before=3") == []
    links = room.page("after=5&limit=2")["page"]
    assert links["older"] is None
    links = room.page("limit=2")["page"]
    assert ids(filled, links["older"].partition("?")[2]) == [7, 8]
    assert room.get("/messages/5").status == 404
    assert room.edit(5, "nej", guest=GUEST).status == 404
    assert room.say("elva")["id"] == 11


def test_exports_and_searches_have_what_is_left(filled: LiveServer) -> None:
    lines = Room(filled, "lobby").get("/export").body.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [6, 7, 8, 9, 10]
    hits = filled.get("/chat/search?q=nummer").json["data"]
    assert [hit["id"] for hit in hits] == [10, 9, 8, 7, 6]
    assert filled.query("SELECT count(*) FROM messages") == [(5,)]


def test_messages_go_by_age_from_the_beginning(server: LiveServer) -> None:
    room = Room(server, "lobby")
    for number in range(1, 6):
        room.say(f"nummer {number}")
    age(server, 3)
    # The second is not old: what is behind it stays, so that ids have no gaps.
    server.query("UPDATE messages SET created = '2999-01-01T00:00:00.000Z' WHERE id = 2")
    keep(server, days=30)
    wait_pruned(server, 2)
    age(server, 3)
    wait_pruned(server, 4)
    age(server, 5)
    wait_pruned(server, 6)
    found = room.get().json["data"]
    assert (found["first_id"], found["last_id"], found["rev"]) == (6, 5, 5)
    assert room.page() == {**room.page(), "data": [], "page": {"older": None, "newer": None}}
    assert room.get("/export").body == b""
    said = room.say("sex")
    assert (said["id"], said["rev"], ids(server)) == (6, 6, [6])


def test_nothing_that_is_new_is_removed(server: LiveServer) -> None:
    """Other servers may not have published it yet."""
    room = Room(server, "lobby")
    for number in range(1, 4):
        room.say(f"nummer {number}")
    keep(server, messages=1)
    dry = server.flask("chat", "prune", "--dry-run")
    kept = "keeps the newest 1, and all of the last minute"
    assert dry.stdout == f"lobby: 0 messages would be removed ({kept}).\n"
    assert server.flask("chat", "prune").returncode == 0
    assert ids(server) == [1, 2, 3]
    age(server, 3)
    wait_pruned(server, 3)


def test_only_the_owner_sets_it(server: LiveServer) -> None:
    owner, member = make_token(server, "owner", "owner"), make_token(server, "member")
    url = "/chat/rooms/lobby"
    assert server.patch(url, {"retention_days": 30}, token=member).status == 403
    changed = server.patch(url, {"retention_days": 30, "retention_messages": 1000}, token=owner)
    assert changed.status == 200
    shown = server.get(url).json["data"]
    assert (shown["retention_days"], shown["retention_messages"]) == (30, 1000)
    assert server.patch(url, {"retention_days": 0}, token=owner).json["data"]["retention_days"] == 0
    for wrong in ({"retention_days": -1}, {"retention_days": "x"}, {"retention_messages": 1.5}, {}):
        assert server.patch(url, wrong, token=owner).status == 422, wrong
    wrong_room = server.flask("chat", "prune", "attic")
    assert wrong_room.returncode == 1
    assert "There is no room 'attic'" in wrong_room.stderr
    assert server.flask("chat", "retention", "lobby", "--days=-1").returncode == 1


@pytest.mark.sqlite
def test_the_command_line_prunes_a_running_server_s_room(make_server: MakeServer) -> None:
    """The server forgets what it has in memory, too."""
    server = make_server(entry="no_pruner")
    room = Room(server, "lobby")
    for number in range(1, 101):
        room.say(f"nummer {number}")
    age(server, 99)
    keep(server, messages=1)
    dry = server.flask("chat", "prune", "lobby", "--dry-run").stdout
    kept = "keeps the newest 1, and all of the last minute"
    assert dry == f"lobby: 99 messages would be removed ({kept}).\n"
    done = server.flask("chat", "prune", "lobby").stdout
    assert done == f"lobby: 99 messages removed ({kept}).\n"
    assert ids(server) == [100]
    wait_until(lambda: room.get("/changes?since=3").status == 410, what="the memory following")


def test_a_post_is_not_refused_meanwhile(server: LiveServer, tmp_path: Path) -> None:
    """Messages are posted while many are removed: none is missed, none has another's id."""
    room, count = Room(server, "lobby"), 1000
    values = ", ".join(
        f"(1, {n}, {n}, {n}, 'mos', false, 'x{n}', 'hej', '{OLD}')" for n in range(1, count + 1)
    )
    server.stop()
    columns = "room_id, id, rev, born, nick, verified, sender, text, created"
    server.query(f"INSERT INTO messages ({columns}) VALUES {values}")
    server.query("UPDATE rooms SET last_id = :n WHERE id = 1", n=count)
    server.query("UPDATE log SET head = :n", n=count)
    server.start()
    said: list[int] = []
    stop = threading.Event()

    def post() -> None:
        while not stop.is_set():
            said.append(room.say("ny")["id"])

    poster = threading.Thread(target=post)
    poster.start()
    try:
        keep(server, messages=1)
        wait_pruned(server, count + 1)
    finally:
        stop.set()
        poster.join()
    assert said == list(range(count + 1, count + 1 + len(said)))
    assert server.query("SELECT count(*) FROM messages") == [(len(said),)]
