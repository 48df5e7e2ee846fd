"""Cursors, sessions and keys from before messages were removed."""

import pytest

from tests.chat.clients import CHAT, Room, secret
from tests.retention.keeping import GUEST, age, an_hour_ago, keep, wait_pruned
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.sse import EventStream, bodies
from tests.support.wire import Memory, WireClient


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
    native.abort()
    assert native.status == 410
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
    age(server, 2, an_hour_ago())
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
    for name in ("lobby", "kundtjanst"):
        room = Room(server, name)
        room.say("ett", key="key", guest=GUEST)
        room.say("två")
        age(server, 1, an_hour_ago())
        keep(server, name, messages=1)
        wait_pruned(server, 2, name)
        assert room.post("ett", key="key", guest=GUEST).status == 410
