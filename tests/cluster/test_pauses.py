"""A node that was paused for longer than its lease: what it sends when it goes on."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.chat.clients import Room
from tests.cluster.conftest import Nodes, Visit, at, make_token, wait_members
from tests.cluster.redis.nodes import wait_doorbell
from tests.cluster.test_membership import leases
from tests.support.redis import RedisServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until

Two = tuple[LiveServer, LiveServer]


@pytest.fixture(params=["notify", "redis"])
def two(request: pytest.FixtureRequest, nodes: Nodes, redis: RedisServer) -> Two:
    """Return two nodes that learn of each other's commits in one way."""
    settings = {"redis_url": redis.url} if request.param == "redis" else {}
    made = [nodes.start(f"{name}-{request.param}", **settings) for name in ("speaks", "paused")]
    for server in made:
        wait_doorbell(request.param, server)
    return made[0], made[1]


@contextmanager
def paused(server: LiveServer) -> Iterator[None]:
    """Pause a node; it goes on when its lease has lapsed."""
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
        name = str(server.settings["node"])
        wait_until(lambda: not leases(server)[name], what="the end of the lease")
    finally:
        server.process.send_signal(signal.SIGCONT)


def test_what_it_has_missed_comes_first_and_guests_of_a_closed_room_receive_nothing_of_it(
    two: Two, room: Room, visit: Visit
) -> None:
    a, b = two
    owner = make_token(a, "owner", "owner")
    guest = visit(b, at(b, room), nick="guest")
    member = visit(b, at(b, room), token=make_token(a, "member"))
    speaker = visit(a, room, token=make_token(a, "speaker"))
    wait_members(b, room, "guest", "member", "speaker")
    # Whatever was on its way has arrived.
    guest.do("typing", room=room.name)
    before = len(guest.packets)
    with paused(b):
        room.say("still open", nick="doe")
        assert a.patch(room.url, {"guests": "none"}, token=owner).status == 200
        joining = visit(a, room, token=make_token(a, "late"))
        for number in range(20):
            speaker.do("typing", room=room.name)
            joining.do("typing", room=room.name)
            assert room.post(f"secret {number}", token=owner).status == 201
    member.wait_message("secret 19")
    guest.wait_event("left", lambda body: body["nick"] == "guest", since=before)
    room_events = [packet.data for packet in guest.packets[before:]]
    assert "secret" not in str(room_events)
    assert "late" not in str(room_events) and "typing" not in str(room_events)
    assert [message["text"] for message in member.messages()] == [
        "still open",
        *(f"secret {number}" for number in range(20)),
    ]
