"""A room that is closed at one node: guests at another receive nothing of what is said later."""

import pytest

from tests.chat.clients import ChatClient, Room
from tests.cluster.conftest import Visit, at, make_token
from tests.support.server import LiveServer
from tests.support.wait import wait_until

Two = tuple[LiveServer, LiveServer]
TRIES = 100


@pytest.mark.timeout(300)
def test_a_guest_at_the_other_node_never_receives_what_is_said_after_the_closing(
    two: Two, room: Room, visit: Visit
) -> None:
    a, b = two
    owner = make_token(a, "owner", "owner")
    guest = visit(b, nick="guest")
    member = visit(b, at(b, room), token=make_token(a, "member"))
    for number in range(TRIES):
        guest.join(at(b, room))
        before = len(guest.packets)
        assert a.patch(room.url, {"guests": "none"}, token=owner).status == 200
        assert room.post(f"secret {number}", token=owner).status == 201
        # When the member has it, it has been published at this node.
        member.wait_message(f"secret {number}")
        guest.wait_event("left", lambda body: body["nick"] == "guest", since=before)
        assert a.patch(room.url, {"guests": "post"}, token=owner).status == 200
        wait_until(lambda: at(b, room).get().status == 200, 5, "the room being open")
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
        wait_until(lambda: at(b, lobby).get().status == 200, 5, "the lobby being open")
    assert "secret" not in str([packet.data for packet in course.packets])
    course.abort()
