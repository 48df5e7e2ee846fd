"""Many clients at once: nicks taken over in grace periods, bursts with rate limits."""

from collections.abc import Iterator

import pytest

from tests.chat.clients import CHAT, ChatClient, secret
from tests.conftest import MakeServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until

CROWD = 20


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server with rate limits."""
    return make_server(rate_limits="on")


@pytest.fixture
def crowd(server: LiveServer) -> Iterator[list[ChatClient]]:
    """Return many clients that are not connected yet."""
    clients = [ChatClient(server) for _ in range(2 * CROWD)]
    yield clients
    for client in clients:
        client.abort()


def names(server: LiveServer, room: str) -> list[str]:
    """Return the nicks of a room's members."""
    members = server.get(f"/chat/rooms/{room}/members").json["data"]
    return sorted(member["nick"] for member in members)


def test_nicks_of_those_in_their_grace_are_free(
    server: LiveServer, crowd: list[ChatClient]
) -> None:
    """All lose their connections; others connect at once with the same nicks."""
    nicks = [f"nick{number:02}" for number in range(CROWD)]
    first, second = crowd[:CROWD], crowd[CROWD:]
    for client, nick in zip(first, nicks, strict=True):
        client.connect(CHAT, {"nick": nick, "guest": secret()})
        for room in ("lobby", "kundtjanst"):
            client.call(CHAT, "join", {"room": room})
    for client in first:
        client.abort()
    wait_until(lambda: 'namespace="/chat"} 0.0' in server.get("/metrics").body.decode())
    for client, nick in zip(second, nicks, strict=True):
        client.start_connect(CHAT, {"nick": nick, "guest": secret()})
    for client in second:
        client.wait_event("ready")
        client.call(CHAT, "join", {"room": "lobby"})
    assert names(server, "lobby") == nicks
    assert names(server, "kundtjanst") == []


def test_a_burst_within_the_limits_is_stored_in_its_order(
    server: LiveServer, crowd: list[ChatClient]
) -> None:
    """Counting a post must not take so long that the next one overtakes it."""
    for number, client in enumerate(crowd[:5]):
        client.connect(CHAT, {"nick": f"nick{number}"})
        for count in range(30):
            client.emit(CHAT, "post", {"room": "lobby", "text": str(count)}, ack_id=count)
    for client in crowd[:5]:
        ids = [client.wait_ack(count)["data"]["id"] for count in range(30)]
        assert ids == sorted(ids)
