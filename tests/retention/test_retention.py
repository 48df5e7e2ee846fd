"""Old messages are removed; ids, cursors, keys and the index stay right on every interface."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from me_api.eventlog import timestamp
from tests.chat.clients import CHAT, Room, make_token, secret
from tests.conftest import MakeServer
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.sse import EventStream, bodies
from tests.support.wait import wait_until
from tests.support.wire import Memory, WireClient

OLD = "2026-01-01T00:00:00.000Z"


def age(server: LiveServer, upto: int, time: str = OLD) -> None:
    """Make the messages of the lobby up to an id look as if they had been posted long ago."""
    server.query("UPDATE messages SET created = :time WHERE id <= :upto", time=time, upto=upto)


def keep(server: LiveServer, room: str = "lobby", **limits: int) -> None:
    """Set the retention of a room on the command line."""
    options = [f"--{name}={value}" for name, value in limits.items()]
    done = server.flask("chat", "retention", room, *options)
    assert done.returncode == 0, done.stderr


def ids(server: LiveServer, query: str = "limit=200") -> list[int]:
    return [message["id"] for message in Room(server, "lobby").page(query)["data"]]


def wait_pruned(server: LiveServer, first: int, room: str = "lobby") -> None:
    """Wait until the oldest message of a room is this one."""
    wait_until(
        lambda: Room(server, room).get().json["data"]["first_id"] == first,
        what=f"{first} being the first",
    )


@pytest.fixture
def filled(server: LiveServer) -> LiveServer:
    """Fill the lobby with ten messages, of which the first six are old; then remove five."""
    room = Room(server, "lobby")
    for number in range(1, 11):
        room.say(f"nummer {number}", key=f"key-{number}", guest=GUEST)
    age(server, 6)
    keep(server, messages=5)
    wait_pruned(server, 6)
    return server


GUEST = secret()


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


def test_a_cursor_from_before_is_refused_everywhere(filled: LiveServer) -> None:
    """A client that would miss something without being sent an error has to start over."""
    room = Room(filled, "lobby")
    refused = room.get("/changes?since=3")
    assert (refused.status, refused.json["errors"][0]["code"]) == (410, "pruned")
    assert (refused.json["rev"], refused.json["epoch"]) == (10, room.page()["epoch"])
    # What has everything up to the last that was removed, or nothing, misses nothing.
    assert [m["id"] for m in room.changes(5)["data"]] == [6, 7, 8, 9, 10]
    assert [m["id"] for m in room.changes(0)["data"]] == [6, 7, 8, 9, 10]
    for path in ("/chat/rooms/lobby/stream", "/stream"):
        reply = filled.get(path, headers={"Last-Event-ID": "3"})
        assert (reply.status, reply.json["errors"][0]["code"]) == (410, "pruned"), path
        with EventStream(filled.host, filled.port, path, last="5") as stream:
            stream.wait(lambda message: message["id"] == 10)
            assert [message["id"] for message in bodies(stream)] == [6, 7, 8, 9, 10]
    native = NativeClient(filled, "/ws/chat?since=3")
    assert native.status == 410
    native.socket.close()
    with WireClient(filled.host, filled.port) as client:
        client.connect(CHAT, {"nick": "anna"})
        changes = client.call(CHAT, "changes", {"room": "lobby", "since": 3})
        assert changes["errors"][0]["code"] == "pruned"
        joined = client.call(CHAT, "join", {"room": "lobby", "since": 3})["data"]
        assert joined["recovered"] is False
        assert [m["id"] for m in joined["messages"]] == [6, 7, 8, 9, 10]


@pytest.mark.parametrize("restart", [False, True])
def test_a_session_from_before_is_not_resumed(server: LiveServer, restart: bool) -> None:
    room = Room(server, "lobby")
    with WireClient(server.host, server.port) as client:
        pid = client.connect(CHAT, {"nick": "anna"})["pid"]
        client.call(CHAT, "join", {"room": "lobby"})
        room.say("ett")
        client.wait_event("message")
        memory: Memory = client.memory
    for text in ("två", "tre"):
        room.say(text)
    age(server, 2)
    keep(server, messages=1)
    wait_pruned(server, 3)
    if restart:
        server.restart()
        wait_pruned(server, 3)
    with WireClient(server.host, server.port, memory=memory) as client:
        assert client.connect(CHAT, {"nick": "anna"})["pid"] != pid


def test_a_live_client_goes_on(server: LiveServer) -> None:
    """It has received what is removed, and is sent what follows, and no more."""
    room = Room(server, "lobby")
    with EventStream(server.host, server.port, "/chat/rooms/lobby/stream") as stream:
        stream.wait_until(lambda: stream.retry)
        for number in range(1, 5):
            room.say(f"nummer {number}")
        age(server, 4)
        keep(server, messages=1)
        wait_pruned(server, 4)
        room.say("fem")
        stream.wait(lambda message: message["id"] == 5)
        assert [message["id"] for message in bodies(stream)] == [1, 2, 3, 4, 5]


def test_a_retry_repeats_no_message_that_was_removed(server: LiveServer) -> None:
    """Its key is known for a week, and after that no longer than the message."""
    room = Room(server, "lobby")
    for number in range(1, 4):
        room.say(f"nummer {number}", key=f"key-{number}", guest=GUEST)
    (hour,) = server.query("SELECT created FROM messages WHERE id = 1")
    recent = f"{hour[0][:10]}T00:00:00.000Z"
    age(server, 2, recent)
    age(server, 1)
    keep(server, messages=1)
    wait_pruned(server, 3)
    again = room.post("nummer 2", key="key-2", guest=GUEST)
    assert (again.status, again.json["errors"][0]["code"]) == (410, "pruned")
    assert room.post("nummer 2", key="key-2", guest=secret()).status == 201, "another sender"
    assert room.post("nummer 3", key="key-3", guest=GUEST).status == 200
    assert room.post("nummer 1", key="key-1", guest=GUEST).status == 201


def test_a_key_is_removed_in_two_rooms(server: LiveServer) -> None:
    """No sender stops the retention of a room by a key that was removed in another."""
    recent = timestamp(datetime.now(UTC) - timedelta(hours=1))
    for name in ("lobby", "kundtjanst"):
        room = Room(server, name)
        room.say("ett", key="key", guest=GUEST)
        room.say("två")
        age(server, 1, recent)
        keep(server, name, messages=1)
        wait_pruned(server, 2, name)
        assert room.post("ett", key="key", guest=GUEST).status == 410


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
