"""Many at once: nicks taken over from those in their grace, bursts with the limits on."""

from collections.abc import Iterator

import pytest

from tests.chat.clients import CHAT, Visitor, secret
from tests.conftest import MakeServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until

CROWD = 20


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server with its limits on."""
    return make_server(rate_limits="on")


@pytest.fixture
def crowd(server: LiveServer) -> Iterator[list[Visitor]]:
    """Connect many to nothing yet."""
    visitors = [Visitor(server) for _ in range(2 * CROWD)]
    yield visitors
    for visitor in visitors:
        visitor.abort()


def names(server: LiveServer, room: str) -> list[str]:
    """Give who is in a room."""
    members = server.get(f"/chat/rooms/{room}/members").json["data"]
    return sorted(member["nick"] for member in members)


def test_nicks_of_those_in_their_grace_are_free(server: LiveServer, crowd: list[Visitor]) -> None:
    """Everybody goes without a word; others come at once under the same nicks."""
    nicks = [f"nick{number:02}" for number in range(CROWD)]
    first, second = crowd[:CROWD], crowd[CROWD:]
    for visitor, nick in zip(first, nicks, strict=True):
        visitor.connect(CHAT, {"nick": nick, "guest": secret()})
        for room in ("lobby", "kundtjanst"):
            visitor.call(CHAT, "join", {"room": room})
    for visitor in first:
        visitor.abort()
    wait_until(lambda: 'namespace="/chat"} 0.0' in server.get("/metrics").body.decode())
    for visitor, nick in zip(second, nicks, strict=True):
        visitor.start_connect(CHAT, {"nick": nick, "guest": secret()})
    for visitor in second:
        visitor.wait_event("ready")
        visitor.call(CHAT, "join", {"room": "lobby"})
    assert names(server, "lobby") == nicks
    assert names(server, "kundtjanst") == []


def test_a_burst_within_the_limits_is_stored_in_its_order(
    server: LiveServer, crowd: list[Visitor]
) -> None:
    """To count an act must not take so long that the next one overtakes it."""
    for number, visitor in enumerate(crowd[:5]):
        visitor.connect(CHAT, {"nick": f"nick{number}"})
        for count in range(30):
            visitor.emit(CHAT, "post", {"room": "lobby", "text": str(count)}, ack_id=count)
    for visitor in crowd[:5]:
        ids = [visitor.wait_ack(count)["data"]["id"] for count in range(30)]
        assert ids == sorted(ids)
