"""Rooms that are renamed, archived and deleted: what clients receive, at every interface."""

from typing import Any

import pytest

from tests.chat.clients import ChatClient, Room, faults, secret
from tests.chat.conftest import MakeRoom, MakeToken, Visit
from tests.moderation.conftest import Open
from tests.moderation.deleted_rooms import DELETED, check_gone, count_messages, wait_deleted
from tests.support.server import LiveServer
from tests.support.sse import EventStream
from tests.support.wait import wait_until
from tests.support.wire import Memory, WireClient

ARCHIVED = [(403, "room_archived", None)]


def test_a_moderator_renames_and_archives_a_room(
    server: LiveServer, room: Room, moderator: str, visit: Visit, fresh
) -> None:
    nick, guest = fresh("guest"), secret()
    said = room.say("before", nick=nick, guest=guest, key="k")
    client = visit(room, nick=nick, guest=guest)
    with EventStream(server.host, server.port, f"{room.url}/stream") as stream:
        renamed = server.patch(room.url, {"title": "Old news"}, token=moderator)
        assert renamed.json["data"]["title"] == "Old news"
        client.wait_event("room", lambda body: body["title"] == "Old news")
        archived = server.patch(room.url, {"archived": True}, token=moderator).json["data"]
        assert archived["archived"]
        body = client.wait_event("room", lambda body: body["archived"])[0]
        assert (body["name"], body["deleted"]) == (room.name, False)
        assert "archived" in body["text"]
        stream.wait(lambda data: data.get("archived"))
    assert faults(room.post(nick=fresh("other"))) == ARCHIVED
    assert faults(client.do("post", room=room.name, text="x")) == ARCHIVED
    assert faults(room.edit(1, "y", guest=guest)) == ARCHIVED
    assert faults(room.delete(1, guest=guest)) == ARCHIVED
    # A retry of what was stored before gets its answer; and all can still be read.
    assert room.post("before", nick=nick, guest=guest, key="k").json["data"] == said
    assert room.page()["data"] == [said]
    listed = server.get("/chat/rooms").json["data"]
    assert [each["archived"] for each in listed if each["name"] == room.name] != [None]
    # What must not stay in an archive can be deleted.
    assert room.delete(1, token=moderator).json["data"]["deleted"]
    opened = server.patch(room.url, {"archived": False}, token=moderator)
    assert opened.json["data"]["archived"] is None
    room.say("again", nick=fresh("other"))
    client.wait_message("again")


@pytest.mark.parametrize(
    ("change", "code"),
    [({"archived": True}, "room_archived"), ({"guests": "read"}, "members_only")],
)
def test_nobody_types_where_they_may_not_write(
    server: LiveServer, room: Room, owner: str, visit: Visit, fresh, change: Any, code: str
) -> None:
    client, reader = (visit(room, nick=fresh(name), guest=secret()) for name in ("a", "b"))
    with WireClient(server.host, server.port) as course:
        course.connect("/", {"room": room.name})
        course.call("/", "add user", fresh("course"))
        assert server.patch(room.url, change, token=owner).status == 200
        expected = [(403, code, None)]
        assert faults(client.do("post", room=room.name, text="x")) == expected
        assert faults(client.do("typing", room=room.name)) == expected
        assert faults(course.call("/", "typing")) == expected
        course.wait_event("new message", lambda message: message["username"] == "Server")
        assert course.call("/", "stop typing") == {"data": None}
        undone = {"archived": False} if "archived" in change else {"guests": "post"}
        assert server.patch(room.url, undone, token=owner).status == 200
        room.say("open again", nick=fresh("c"))
        reader.wait_message("open again")
        assert "typing" not in [name for name, *_ in reader.events()]
        for answer in (client.do("typing", room=room.name), course.call("/", "typing")):
            assert answer == {"data": None}
        assert course.wait_event("typing")[0]["username"] == reader.wait_event("typing")[0]["nick"]


def test_what_only_owners_do_to_rooms(
    server: LiveServer, room: Room, moderator: str, owner: str, make_user: MakeToken, fresh
) -> None:
    member = make_user(fresh("member"))
    forbidden = [(403, "forbidden", None)]
    assert faults(server.patch(room.url, {"guests": "none"}, token=moderator)) == forbidden
    assert faults(server.patch(room.url, {"archived": True}, token=member)) == forbidden
    assert faults(server.delete(room.url, token=moderator)) == forbidden
    assert faults(server.delete(room.url))[0][0] == 401
    assert faults(server.delete("/chat/rooms/nowhere", token=owner)) == [(404, "not_found", "room")]
    needed = faults(server.delete("/chat/rooms/lobby", token=owner))
    assert needed == [(409, "room_needed", None)]


@pytest.mark.parametrize("by", ["rest", "flask"])
def test_a_deleted_room_is_gone_for_everybody(
    server: LiveServer, room: Room, owner: str, open_all: Open, visit: Visit, by: str, fresh
) -> None:
    memory, credentials = Memory(), {"nick": fresh("away"), "guest": secret()}
    away = visit(room, memory=memory, **credentials)
    for number in range(300):
        since = room.say(f"{room.name}secret {number}", nick=fresh("poster"))["rev"]
    away.wait_message(f"{room.name}secret 299")
    away.abort()
    opened = open_all(room, nick=fresh("guest"), guest=secret())
    if by == "rest":
        assert server.delete(f"{room.url}?reason=old", token=owner).status == 204
        assert faults(room.get("/messages")) == DELETED
    else:
        done = server.flask("chat", "room", "delete", room.name, "--yes", "--reason", "old")
        assert done.returncode == 0, done.stderr
    wait_deleted(opened)
    check_gone(server, room, since)
    wait_until(lambda: count_messages(server, room.name) == 0, what="the messages being deleted")
    # A session goes on, without the room. Nothing of it is replayed.
    back = visit(memory=memory, **credentials)
    ready = back.wait_event("ready")
    assert ready[0]["rooms"] == []
    assert back.messages() == []
    # No other room has its name: clients may have its messages and cursors.
    again = server.post("/chat/rooms", {"name": room.name}, token=owner)
    assert faults(again) == [(409, "room_exists", None)]
    assert faults(server.delete(room.url, token=owner)) == DELETED
    entry = server.get("/moderation/log?limit=1", token=owner).json["data"][0]
    assert (entry["action"], entry["room"], entry["reason"]) == ("delete_room", room.name, "old")
    assert (entry["actor"], entry["count"]) == ("the-owner" if by == "rest" else "flask", 300)


def test_cursors_of_other_rooms_and_streams_go_on_over_a_deleted_room(
    server: LiveServer, make_room: MakeRoom, owner: str, visit: Visit, fresh
) -> None:
    gone, stays = make_room(), make_room()
    client = visit(gone, stays, nick=fresh("reader"), guest=secret())
    start = stays.say("first", nick=fresh("a"))["rev"]
    for number in range(20):
        gone.say(f"gone {number}", nick=fresh("a"))
        stays.say(f"stays {number}", nick=fresh("a"))
    assert server.delete(gone.url, token=owner).status == 204
    wait_until(lambda: count_messages(server, gone.name) == 0, what="the messages being deleted")
    stays.say("last", nick=fresh("a"))
    client.wait_message("last")
    received = [m["text"] for m in client.messages() if m["room"] == stays.name]
    expected = ["first", *(f"stays {number}" for number in range(20)), "last"]
    assert received == expected
    changes = stays.changes(start, "limit=200")
    assert [message["text"] for message in changes["data"]] == expected[1:]
    headers = {"Last-Event-ID": str(start)}
    with EventStream(server.host, server.port, "/stream", headers=headers) as stream:
        stream.wait(lambda data: data.get("text") == "last")
        texts = [each.data["text"] for each in stream.events if each.data.get("room") == stays.name]
        assert texts == expected[1:]
        assert not [each for each in stream.events if each.data.get("room") == gone.name]


def test_the_clients_of_the_course_are_sent_what_happens_to_their_room(
    server: LiveServer, room: Room, owner: str
) -> None:
    with ChatClient(server) as course:
        course.connect("/", {"room": room.name})
        server.patch(room.url, {"archived": True}, token=owner)
        course.wait_packet(lambda packet: "is archived" in str(packet.data))
        server.delete(room.url, token=owner)
        course.wait_packet(lambda packet: "was deleted" in str(packet.data))


def test_rooms_from_the_command_line(server: LiveServer, room: Room) -> None:
    done = server.flask("chat", "room", "rename", room.name, "A title")
    assert done.returncode == 0, done.stderr
    assert server.flask("chat", "room", "archive", room.name).returncode == 0
    assert f"{room.name}\tA title\tpost\tarchived" in server.flask("chat", "room", "list").stdout
    assert faults(room.post()) == ARCHIVED
    assert server.flask("chat", "room", "archive", room.name, "--undo").returncode == 0
    wait_until(lambda: room.post().status == 201, what="the room being open")
    wrong = server.flask("chat", "room", "rename", "nowhere", "x")
    assert (wrong.returncode, "There is no room" in wrong.stderr) == (1, True)


def test_guests_are_sent_nothing_of_rooms_that_they_cannot_read(
    server: LiveServer, make_room: MakeRoom, owner: str, fresh
) -> None:
    closed, shown = make_room("none"), make_room()
    with EventStream(server.host, server.port, "/stream") as stream:
        server.patch(closed.url, {"title": "Secret plans"}, token=owner)
        server.patch(shown.url, {"guests": "none", "title": "Secrets"}, token=owner)
        body = stream.wait(lambda data: data.get("name") == shown.name)
        assert (body["guests"], body["title"]) == ("none", shown.name)
        server.delete(closed.url, token=owner)
        other = make_room()
        said = other.say(nick=fresh("somebody"))
        stream.wait(lambda data: data.get("rev") == said["rev"])
        assert closed.name not in [each.data.get("name") for each in stream.events]
