"""Tokens that end while their user has connections open: by hand, by a command and over REST."""

import signal
from collections.abc import Iterator

import pytest

from tests.chat.clients import Room, make_token
from tests.chat.conftest import MakeRoom, MakeToken
from tests.conftest import MakeServer
from tests.support.connections import Connections
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient

CHANGES = {
    "signed_out": "UPDATE users SET generation = generation + 1 WHERE nick = :nick",
    "account_disabled": "UPDATE users SET disabled = '2026-11-30T00:00:00.000Z' WHERE nick = :nick",
    "bad_token": "DELETE FROM users WHERE nick = :nick",
}


@pytest.fixture
def closed(make_room: MakeRoom) -> Room:
    """Make a room that is closed to guests."""
    return make_room("none")


@pytest.fixture
def opened(
    server: LiveServer, closed: Room, make_user: MakeToken, request: pytest.FixtureRequest
) -> Iterator[Connections]:
    """Open all connections of a user."""
    made = Connections(server, closed, make_user(f"opened-{request.param}"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("opened", "code"), [(code, code) for code in CHANGES], indirect=["opened"]
)
def test_a_change_by_another_process_ends_what_is_open(
    server: LiveServer, opened: Connections, closed: Room, owner: str, code: str
) -> None:
    server.query(CHANGES[code], nick=f"opened-{code}")
    opened.wait_ended(code)
    closed.say("secret", token=owner)
    assert "secret" not in [message["text"] for message in opened.chat.messages()]


@pytest.mark.parametrize("by", ["REST", "command"])
@pytest.mark.parametrize("code", ["signed_out", "account_disabled"])
def test_what_is_open_ends_at_once(
    server: LiveServer, closed: Room, make_user: MakeToken, owner: str, code: str, by: str
) -> None:
    nick = f"{code}-by-{by}"
    token = make_user(nick)
    number = server.get("/account", token=token).json["data"]["id"]
    opened = Connections(server, closed, token)
    if by == "command":
        command = {"signed_out": "sign-out", "account_disabled": "disable"}[code]
        assert server.flask("users", command, nick).returncode == 0
    elif code == "signed_out":
        assert server.post("/account/sign-out", token=token).status == 204
    else:
        assert server.patch(f"/users/{number}", {"disabled": True}, token=owner).status == 200
    opened.wait_ended(code)
    opened.close()


def test_a_client_whose_token_ends_before_it_is_live_is_sent_that_afterwards(
    make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELD_NAMESPACE", "/chat")
    server = make_server(entry="held_clients")
    token = make_token(server, "mos")
    with (
        WireClient(server.host, server.port) as held,
        WireClient(server.host, server.port) as reader,
    ):
        held.start_connect("/chat", {"token": token})
        wait_until(lambda: "waits" in server.log)
        reader.connect("/reports", {"token": token})
        reader.wait_event("ready")
        server.query(CHANGES["signed_out"], nick="mos")
        reader.wait_event("notice")
        assert server.process is not None
        server.process.send_signal(signal.SIGUSR1)
        (notice,) = held.wait_event("notice")
        assert [error["code"] for error in notice["errors"]] == ["signed_out"]
        assert [event[0] for event in held.events("/chat")] == ["ready", "notice"]
