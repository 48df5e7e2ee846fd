"""Clients of the course at two nodes: the same forms, members and typing as at one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.chat.clients import ChatClient, Room
from tests.cluster.conftest import Visit, at, nicks_at
from tests.support.server import LiveServer
from tests.support.wait import wait_until

Two = tuple[LiveServer, LiveServer]
Connect = Callable[..., ChatClient]
SAY = "chat message"


@pytest.fixture
def connect(room: Room) -> Iterator[Connect]:
    """Return a function that connects a client of the course to a node, in the room."""
    made: list[ChatClient] = []

    def open_one(server: LiveServer, **auth: Any) -> ChatClient:
        client = ChatClient(server)
        made.append(client)
        client.connect("/", {"room": room.name, **auth})
        return client

    yield open_one
    for client in made:
        client.abort()


def test_what_is_posted_at_another_node(two: Two, connect: Connect, room: Room) -> None:
    a, b = two
    text, whole, written = connect(a), connect(b), connect(b)
    text.call("/", SAY, "")
    whole.call("/", SAY, {"user": "anna", "msg": "from b"})
    text.wait_event(SAY, lambda payload: payload == "anna: from b")
    written.call("/", SAY, '{"name":"bert","message":"JSON"}')
    text.wait_event(SAY, lambda payload: payload == "bert: JSON")
    text.call("/", SAY, "from a")
    whole.wait_event(SAY, lambda data: (data["user"], data["msg"]) == ("guest", "from a"))
    written.wait_event(SAY, lambda payload: '"message":"from a"' in payload)
    for number in range(20):
        (text, whole)[number % 2].call("/", SAY, f"{number}")
    text.wait_event(SAY, lambda payload: payload == "anna: 19")
    shown = [event[1] for event in text.events("/") if event[0] == SAY]
    # Its own as they were, those of the other node with the nick; each once and in order.
    assert shown[3:] == [f"anna: {n}" if n % 2 else f"{n}" for n in range(20)]


def test_members_and_typing_are_shown_at_both_nodes(
    two: Two, connect: Connect, room: Room, visit: Visit
) -> None:
    a, b = two
    example, doe = connect(a), visit(b, at(b, room), nick="doe")
    example.call("/", "add user", "anna")
    doe.wait_event("joined", lambda joined: joined["nick"] == "anna")
    other = connect(b)
    other.call("/", "add user", "bert")
    example.wait_event("user joined", lambda user: user == {"username": "bert", "numUsers": 3})
    for name in ("typing", "stop typing"):
        example.call("/", name)
        assert other.wait_event(name) == [{"username": "anna"}]
    doe.wait_event("typing", lambda typing: typing == {"room": room.name, "nick": "anna"})
    assert "stop typing" not in [event[0] for event in doe.events("/chat")]
    assert {"anna", "bert", "doe"} == set(nicks_at(a, room)) == set(nicks_at(b, room))


def test_a_nick_that_is_claimed_at_another_node(
    two: Two, connect: Connect, room: Room, visit: Visit
) -> None:
    a, b = two
    client = connect(a, nick="carl")
    wait_until(lambda: nicks_at(b, room) == ["carl"], what="the member")
    owner = visit(b, at(b, room), nick="Carl")
    wait_until(lambda: nicks_at(a, room) == ["Carl"] == nicks_at(b, room), what="the claim")
    client.call("/", SAY, {"name": "carl", "message": "hej"})
    assert nicks_at(a, room) == ["Carl"]
    owner.disconnect("/chat")
