"""A room that is closed at one node: guests at another receive nothing of what is said later."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.chat.clients import ChatClient, Room
from tests.cluster.conftest import Nodes, Visit, at, make_token
from tests.support.connections import Connections
from tests.support.server import LiveServer
from tests.support.sse import EventStream
from tests.support.wait import wait_until

Two = tuple[LiveServer, LiveServer]
TRIES = 100


def close_and_open(two: Two, room: Room, visit: Visit, tries: int) -> None:
    """Post in a room that was just closed at one node, with a guest and a member at the other."""
    a, b = two
    owner = make_token(a, "owner", "owner")
    guest = visit(b, nick="guest")
    member = visit(b, at(b, room), token=make_token(a, "member"))
    for number in range(tries):
        guest.join(at(b, room))
        before = len(guest.packets)
        assert a.patch(room.url, {"guests": "none"}, token=owner).status == 200
        assert room.post(f"secret {number}", token=owner).status == 201
        # When the member has it, it has been published at this node.
        member.wait_message(f"secret {number}")
        guest.wait_event("left", lambda body: body["nick"] == "guest", since=before)
        assert a.patch(room.url, {"guests": "post"}, token=owner).status == 200
        wait_until(lambda: at(b, room).get().status == 200, what="the room being open")
    assert guest.messages() == []


def test_a_guest_at_the_other_node_never_receives_what_is_said_after_the_closing(
    two: Two, room: Room, visit: Visit
) -> None:
    close_and_open(two, room, visit, TRIES)


def test_a_guest_who_came_between_two_changes_that_a_node_has_not_applied_is_removed(
    two: Two, nodes: Nodes, room: Room, visit: Visit
) -> None:
    """At this node, the room is closed before and after: all that has changed is who is in it."""
    a, late = two[0], nodes.start("late", entry="late_access")
    owner = make_token(a, "owner", "owner")
    place = at(late, room)
    assert a.patch(room.url, {"guests": "none"}, token=owner).status == 200
    guest = visit(late, nick="between")
    wait_until(lambda: place.get().status == 403, what="the room being closed")
    member = visit(late, place, token=make_token(a, "member"))
    hold = late.folder / "hold"
    hold.touch()
    assert a.patch(room.url, {"guests": "post"}, token=owner).status == 200
    wait_until(lambda: place.get().status == 200, what="the room being open")
    guest.join(place)
    with EventStream(late.host, late.port, f"{place.url}/stream") as stream:
        assert stream.status == 200
        assert a.patch(room.url, {"guests": "none"}, token=owner).status == 200
        hold.unlink()
        guest.wait_event("left", lambda body: body["nick"] == "between")
        stream.drain()
        assert stream.events == []
    assert room.post("secret", token=owner).status == 201
    member.wait_message("secret")
    assert guest.messages() == []


def test_the_lobby_is_opened_and_closed_for_the_course_and_for_streams(
    two: Two, visit: Visit
) -> None:
    a, b = two
    owner = make_token(a, "owner", "owner")
    lobby = Room(a, "lobby")
    course = ChatClient(b)
    course.connect("/")
    for number in range(3):
        lobby.say(f"open {number}", nick="doe")
        course.wait_packet(lambda packet, n=number: f"open {n}" in str(packet.data))
        a.patch(lobby.url, {"guests": "none"}, token=owner)
        before = len(course.packets)
        course.wait_packet(lambda packet: "closed to guests" in str(packet.data), since=before)
        assert lobby.post("secret", token=owner).status == 201
        a.patch(lobby.url, {"guests": "post"}, token=owner)
        wait_until(lambda: at(b, lobby).get().status == 200, what="the lobby being open")
    assert "secret" not in str([packet.data for packet in course.packets])
    course.abort()


def test_what_is_posted_once_the_lobby_is_open_reaches_a_node_that_was_paused_meanwhile(
    two: Two,
) -> None:
    """It reads at once that the lobby is open, what was said before that, and what after it."""
    a, b = two
    owner = make_token(a, "owner", "owner")
    lobby = Room(a, "lobby")
    course = ChatClient(b)
    course.connect("/")
    a.patch(lobby.url, {"guests": "none"}, token=owner)
    course.wait_packet(lambda packet: "closed to guests" in str(packet.data))
    with paused(b):
        for text, guests in (("secret", "post"), ("open", "read")):
            assert lobby.post(text, token=owner).status == 201
            assert a.patch(lobby.url, {"guests": guests}, token=owner).status == 200
    course.wait_packet(lambda packet: "open" in str(packet.data))
    assert "secret" not in str([packet.data for packet in course.packets])
    course.abort()


@contextmanager
def paused(node: LiveServer) -> Iterator[None]:
    """Stop a node's process meanwhile."""
    assert node.process is not None
    node.process.send_signal(signal.SIGSTOP)
    yield
    node.process.send_signal(signal.SIGCONT)


def test_users_that_are_changed_or_deleted_are_so_on_all_nodes_at_once(
    nodes: Nodes, room: Room, visit: Visit
) -> None:
    node = nodes.start("b")
    place = at(node, room)
    token = make_token(node, "promoted")
    client = visit(node, place, token=token)
    message = room.say("hej", nick="doe")
    assert place.edit(message["id"], "x", token=token).status == 403

    def edited() -> bool:
        return "data" in client.do("edit", room=room.name, id=message["id"], text="by the owner")

    assert not edited()
    node.query("UPDATE users SET role = 'owner' WHERE nick = 'promoted'")
    wait_until(edited, what="the role")
    assert place.edit(message["id"], "again", token=token).status == 200
    node.query("DELETE FROM users WHERE nick = 'promoted'")
    wait_until(lambda: not edited(), what="the user being deleted")
    answer = client.do("post", room=room.name, text="hej")
    assert answer["errors"][0]["code"] == "bad_token"
    assert place.edit(message["id"], "late", token=token).status == 401


@pytest.mark.parametrize("code", ["signed_out", "account_disabled"])
def test_what_is_open_at_another_node_ends_with_its_token(two: Two, code: str) -> None:
    a, b = two
    owner = make_token(a, "owner", "owner")
    closed = Room(a, "for-members")
    a.post("/chat/rooms", {"name": closed.name, "guests": "none"}, token=owner)
    token = make_token(a, f"opened-{code}")
    number = a.get("/account", token=token).json["data"]["id"]
    opened = Connections(b, closed, token)
    if code == "signed_out":
        assert a.post("/account/sign-out", token=token).status == 204
    else:
        assert a.patch(f"/users/{number}", {"disabled": True}, token=owner).status == 200
    opened.wait_ended(code)
    closed.say("secret", token=owner)
    assert "secret" not in [message["text"] for message in opened.chat.messages()]
    opened.close()


def test_a_room_that_is_closed_by_hand_is_closed_on_all_nodes(
    two: Two, room: Room, visit: Visit
) -> None:
    guests = [visit(server, at(server, room), nick=f"by-hand-{n}") for n, server in enumerate(two)]
    two[0].query("UPDATE rooms SET guests = 'none' WHERE name = :name", name=room.name)
    for number, guest in enumerate(guests):
        guest.wait_event("left", lambda body, n=number: body["nick"] == f"by-hand-{n}")
