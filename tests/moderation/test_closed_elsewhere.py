"""What another process has closed is closed to what is committed after that."""

from collections.abc import Iterator

import pytest

from me_api.realtime.websocket import POLICY_VIOLATION
from tests.chat.clients import make_token
from tests.conftest import MakeServer
from tests.support.app import commands_beside
from tests.support.databases import execute
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.websocket.lobby import MESSAGES

CLOSE = "UPDATE rooms SET guests = 'none' WHERE name = 'lobby'"
COUNT = "UPDATE log SET access = access + 1"


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server that does not look for writes of other processes."""
    return make_server(entry="no_polling", rooms="lobby,board")


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


@pytest.mark.sqlite
def test_a_ban_is_applied_although_another_is_of_a_client_that_has_just_lost_its_room(
    server: LiveServer,
) -> None:
    """A disabled user is a guest, to whom the room is closed; the second ban was never applied."""
    owner, mos, doe = (
        make_token(server, nick, role)
        for nick, role in (("owner", "owner"), ("mos", "member"), ("doe", "member"))
    )
    closed = server.patch("/chat/rooms/board", {"guests": "none"}, token=owner)
    assert closed.status == 200, closed.json
    board, lobby = f"/ws/chat?room=board&token={mos}", f"/ws/chat?token={doe}"
    with NativeClient(server, board) as first, NativeClient(server, lobby) as second:
        first.wait_open()
        second.wait_open()
        with commands_beside(server) as runner:
            for command in (
                ["users", "disable", "mos"],
                ["moderation", "ban", "--user", "mos"],
                ["moderation", "ban", "--user", "doe"],
            ):
                done = runner.invoke(args=command)
                assert done.exit_code == 0, done.output
        assert server.post(MESSAGES, {"text": "after"}, token=owner).status == 201
        second.wait_body(lambda body: body.get("event") == "banned")
        assert first.ended() == second.ended() == POLICY_VIOLATION
        assert "after" not in [body.get("text") for body in second.bodies]
    assert "Traceback" not in server.log
