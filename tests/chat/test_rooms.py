"""Rooms: created with a token, changed by the owner, with their access for guests."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.chat.clients import Room, faults, secret
from tests.chat.conftest import MakeRoom, MakeToken, Visit
from tests.moderation.opened import waiting_requests
from tests.support.server import LiveServer
from tests.support.wait import BEFORE_A_POLL_ENDS, wait_until
from tests.support.wire import Memory

CLOSED = [(403, "members_only", None)]


def test_the_rooms_of_the_settings_are_there(server: LiveServer) -> None:
    rooms = server.get("/chat/rooms").json["data"]
    assert [room["name"] for room in rooms[:2]] == ["lobby", "kundtjanst"]
    fields = ["name", "title", "guests", "rev", "first_id", "last_id", "members", "created"]
    fields += ["archived", "retention_days", "retention_messages"]
    assert list(rooms[0]) == fields


def test_a_room_is_made_with_a_token(server: LiveServer, make_user: MakeToken, fresh) -> None:
    name, token = fresh("new"), make_user(fresh("maker"))
    body = {"name": name, "title": "A room", "guests": "read"}
    assert faults(server.post("/chat/rooms", body))[0][:2] == (401, "unauthorized")
    made = server.post("/chat/rooms", body, token=token)
    assert (made.status, made.headers["Location"]) == (201, f"/chat/rooms/{name}")
    room = made.json["data"]
    assert (room["title"], room["guests"], room["last_id"]) == ("A room", "read", 0)
    assert server.get(f"/chat/rooms/{name}").json["data"] == room
    assert faults(server.post("/chat/rooms", body, token=token)) == [(409, "room_exists", None)]


@pytest.mark.parametrize("name", ["", "-x", "With Space", "UPPER", "a/b", "x" * 65, "a.b"])
def test_a_room_needs_a_fit_name(server: LiveServer, owner: str, name: str) -> None:
    reply = server.post("/chat/rooms", {"name": name}, token=owner)
    assert faults(reply) == [(422, "invalid", "name")]


def test_only_the_owner_changes_a_room(
    server: LiveServer, room: Room, owner: str, make_user: MakeToken, fresh
) -> None:
    token = make_user(fresh("member"))
    change = {"title": "Another"}
    assert faults(server.patch(room.url, change))[0][0] == 401
    assert faults(server.patch(room.url, change, token=token)) == [(403, "forbidden", None)]
    changed = server.patch(room.url, change, token=owner)
    assert (changed.status, changed.json["data"]["title"]) == (200, "Another")
    assert faults(server.patch(room.url, {}, token=owner)) == [(422, "invalid", None)]
    missing = server.patch("/chat/rooms/nowhere", change, token=owner)
    assert faults(missing) == [(404, "not_found", "room")]


def test_a_room_tells_how_far_it_is(room: Room, visit: Visit) -> None:
    said = room.say()
    visit(room, nick="somebody", guest=secret())
    shown = room.get().json["data"]
    assert (shown["rev"], shown["last_id"], shown["members"]) == (said["rev"], 1, 1)


def test_the_list_of_rooms_is_always_current(room: Room, visit: Visit, owner: str) -> None:
    def check() -> dict[str, Any]:
        (listed,) = (
            r for r in room.server.get("/chat/rooms").json["data"] if r["name"] == room.name
        )
        assert listed == room.get().json["data"]
        return dict(listed)

    assert check()["last_id"] == 0
    for number in range(1, 4):
        room.say()
        assert check()["last_id"] == number
    visit(room, nick="somebody", guest=secret())
    assert check()["members"] == 1
    room.server.patch(room.url, {"title": "Changed"}, token=owner)
    assert check()["title"] == "Changed"


@pytest.mark.parametrize(
    ("guests", "reads", "posts"), [("post", 1, 1), ("read", 1, 0), ("none", 0, 0)]
)
def test_what_guests_may_do_they_may_through_both_interfaces(
    make_room: MakeRoom, visit: Visit, fresh, guests: str, reads: bool, posts: bool
) -> None:
    room, guest = make_room(guests), secret()
    socket = visit(nick=fresh("guest"), guest=guest)
    for answer in (room.get("/messages"), socket.do("history", room=room.name)):
        assert reads or faults(answer) == CLOSED
    for event in ("join", "changes", "members", "leave"):
        answer = socket.do(event, room=room.name)
        assert ("data" in answer) if reads else faults(answer) == CLOSED
    for answer in (
        room.post(guest=guest).json,
        socket.do("post", room=room.name, text="hej"),
        socket.do("typing", room=room.name),
    ):
        assert ("data" in answer) if posts else faults(answer) == CLOSED
    listed = [one["name"] for one in room.server.get("/chat/rooms").json["data"]]
    assert (room.name in listed) == bool(reads)


@pytest.mark.parametrize("guests", ["post", "read", "none"])
def test_members_may_do_all_in_every_room(
    make_room: MakeRoom, visit: Visit, make_user: MakeToken, fresh, guests: str
) -> None:
    room, token = make_room(guests), make_user(fresh("member"))
    socket = visit(room, token=token)
    assert "data" in socket.do("post", room=room.name, text="over a socket")
    assert room.server.post(f"{room.url}/messages", {"text": "REST"}, token=token).status == 201
    assert socket.wait_message("REST")["verified"] is True


def test_a_room_that_closes_sends_its_guests_away(
    server: LiveServer, room: Room, visit: Visit, owner: str, make_user: MakeToken, fresh
) -> None:
    memory, credentials = Memory(), {"nick": fresh("guest"), "guest": secret()}
    # The member is first: a join is broadcast after 50 ms, to those that are in the room by then.
    member = visit(room, token=make_user(fresh("member")))
    guest = visit(room, memory=memory, **credentials)
    member.wait_event("joined", lambda body: body["nick"] == credentials["nick"])
    assert server.patch(room.url, {"guests": "none"}, token=owner).status == 200
    body = guest.wait_event("left")[0]
    assert (body["room"], body["nick"]) == (room.name, credentials["nick"])
    received = [
        (name, args[0]) for name, *args in guest.events("/chat") if name in ("room", "left")
    ]
    assert [name for name, _ in received] == ["room", "left"], "what has happened, before it does"
    assert (received[0][1]["name"], received[0][1]["guests"]) == (room.name, "none")
    assert received[0][1]["text"] == f"Guests may not enter the room {room.name!r}."
    member.wait_event("left", lambda body: body["nick"] == credentials["nick"])
    room.say("among us", nick="the-owner", token=owner)
    member.wait_message("among us")
    assert faults(guest.do("history", room=room.name)) == CLOSED
    assert not guest.messages()
    guest.abort()
    back = visit(memory=memory, **credentials)
    assert back.wait_event("ready")[0]["rooms"] == []
    assert faults(back.do("join", room=room.name)) == CLOSED
    assert not back.messages(), "what is replayed is what one may read now"


def test_a_room_that_closes_ends_the_waiting_of_guests(
    server: LiveServer, room: Room, owner: str
) -> None:
    since = room.page("limit=0")["rev"]
    with ThreadPoolExecutor() as pool:
        before = waiting_requests(server)
        waiting = pool.submit(
            room.get, f"/changes?since={since}&wait=60", timeout=BEFORE_A_POLL_ENDS
        )
        wait_until(lambda: waiting_requests(server) > before)
        server.patch(room.url, {"guests": "none"}, token=owner)
        reply = waiting.result()
    assert faults(reply) == CLOSED
