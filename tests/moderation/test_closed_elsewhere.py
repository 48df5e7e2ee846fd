"""What another process has closed is closed to what is committed after that."""

from collections.abc import Iterator

import pytest

from me_api.realtime.websocket import POLICY_VIOLATION
from tests.chat.clients import make_token
from tests.conftest import MakeServer
from tests.support.databases import execute
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.websocket.lobby import MESSAGES

CLOSE = "UPDATE rooms SET guests = 'none' WHERE name = 'lobby'"
COUNT = "UPDATE log SET access = access + 1"


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server that does not look for writes of other processes."""
    return make_server(entry="no_polling")


@pytest.fixture
def clients(server: LiveServer) -> Iterator[list[NativeClient]]:
    """Connect a member and a guest."""
    token = make_token(server, "mos")
    clients = [NativeClient(server, f"/ws/chat?token={token}"), NativeClient(server, "/ws/chat")]
    yield clients
    for client in clients:
        client.abort()


@pytest.mark.sqlite
def test_a_guest_receives_nothing_that_is_posted_after_another_process_has_closed_the_room(
    server: LiveServer, clients: list[NativeClient]
) -> None:
    """The server looks four times a second, and what it stored meanwhile was sent."""
    member, guest = clients
    member.say("open")
    for client in clients:
        client.wait_text("open")
    with server.other_process() as other:
        execute(other, CLOSE)
        execute(other, COUNT)
    member.say("closed")
    member.wait_text("closed")
    assert guest.ended() == POLICY_VIOLATION
    assert "closed" not in [body.get("text") for body in guest.bodies]
    assert server.get(MESSAGES).status == 403
