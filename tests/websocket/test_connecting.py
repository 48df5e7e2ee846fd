"""Connecting to the chat on a native WebSocket: refusals, identity and position."""

import secrets

import pytest

from tests.chat.clients import make_token
from tests.support.native import shown
from tests.support.server import LiveServer
from tests.websocket.conftest import Connect
from tests.websocket.lobby import MESSAGES, ROOM, epoch, refused, rest


def test_an_invalid_handshake_is_refused_with_a_status(
    server: LiveServer, connect: Connect, nick: str
) -> None:
    connect(f"/ws/chat?nick={nick}")
    make_token(server, f"reg-{nick}")
    here = server.get(f"{ROOM}/changes").json
    assert refused(server, "room=nowhere") == (404, "not_found")
    assert refused(server, f"nick={nick}") == (409, "nick_taken")
    assert refused(server, f"nick=reg-{nick}") == (403, "nick_reserved")
    assert refused(server, "nick=%00") == (422, "invalid")
    assert refused(server, f"since={here['rev'] + 1000}") == (410, "beyond_head")
    assert refused(server, "since=0&epoch=another") == (410, "foreign_epoch")
    assert refused(server, "epoch=another") == (410, "foreign_epoch")
    for since in ("-1", "x", "1.5", "", "9007199254740993"):
        assert refused(server, f"since={since}") == (422, "invalid")
    assert refused(server, "colour=red") == (422, "invalid")
    assert refused(server, "guest=short") == (422, "invalid")
    assert refused(server, "token=nonsense") == (401, "bad_token")
    assert refused(server, "", **{"x-access-token": "nonsense"}) == (401, "bad_token")
    offered = {"Sec-WebSocket-Protocol": "soap"}
    assert refused(server, "", **offered) == (400, "unknown_protocol")
    assert refused(server, "", **{"Sec-WebSocket-Key": "x"}) == (400, "bad_handshake")


def test_pages_of_other_origins_are_refused(make_server, nick: str) -> None:
    server: LiveServer = make_server(cors_origins="https://one.example,https://two.example")
    assert refused(server, "", Origin="https://three.example") == (403, "foreign_origin")
    for origin in ("null", "http://[", "http://[]", "http://", "", server.url + "/", "hej"):
        assert refused(server, "", Origin=origin) == (403, "foreign_origin")
    for origin in ("https://two.example", server.url):
        assert refused(server, "room=no", Origin=origin) == (404, "not_found")
    assert refused(server, "room=no") == (404, "not_found")


def test_a_token_verifies_the_nick(server: LiveServer, connect: Connect, nick: str) -> None:
    token = make_token(server, nick)
    client = connect(f"/ws/chat?token={token}")
    client.say(f"it is {nick}")
    message = client.wait_text(f"it is {nick}")
    assert (message["nick"], message["verified"]) == (nick, True)


@pytest.mark.parametrize("name", ["x-access-token", "Authorization"])
@pytest.mark.parametrize("query", ["", "&guest={secret}", "&guest={secret}&token={token}"])
def test_a_token_identifies_the_user_in_any_place(
    server: LiveServer, connect: Connect, nick: str, name: str, query: str
) -> None:
    token, secret = make_token(server, nick), secrets.token_hex(16)
    header = {name: token if name == "x-access-token" else f"Bearer {token}"}
    path = f"/ws/chat?nick={nick}{query.format(token=token, secret=secret)}"
    client = connect(path, "json", header)
    client.say(f"it is {nick}")
    assert client.wait_text(f"it is {nick}")["verified"]


def test_a_bad_token_is_an_error_together_with_a_guest_secret_too(server: LiveServer) -> None:
    wrong = {"x-access-token": "nonsense"}
    assert refused(server, f"guest={secrets.token_hex(16)}", **wrong) == (401, "bad_token")


def test_a_guest_secret_is_accepted_in_the_query_and_in_a_header(
    server: LiveServer, connect: Connect, nick: str
) -> None:
    secret = secrets.token_hex(16)
    connect(f"/ws/chat?nick={nick}&guest={secret}")
    assert refused(server, f"nick={nick}") == (409, "nick_taken")
    connect(f"/ws/chat?nick={nick}", "json", {"X-Guest": secret})


def test_a_guest_with_the_secret_owns_the_message(
    server: LiveServer, connect: Connect, nick: str
) -> None:
    secret = secrets.token_hex(16)
    client = connect(f"/ws/chat?nick={nick}&guest={secret}")
    client.say(f"mine {nick}")
    path = f"{MESSAGES}/{client.wait_text(f'mine {nick}')['id']}"
    assert server.patch(path, {"text": "x"}, guest=secrets.token_hex(16)).status == 403
    assert server.patch(path, {"text": f"changed {nick}"}, guest=secret).status == 200
    client.wait_text(f"changed {nick}")
    connect(f"/ws/chat?nick={nick}&guest={secret}")


def test_since_returns_missed_messages_then_live_ones(
    server: LiveServer, connect: Connect, nick: str
) -> None:
    before = rest(server, f"seen {nick}")
    missed = [rest(server, f"missed {number} {nick}") for number in range(200)]
    live = connect(f"/ws/chat?since={before['rev']}&epoch={epoch(server)}")
    missed.append(rest(server, f"live {nick}"))
    live.wait_text(f"live {nick}")
    assert [body for body in live.bodies if "rev" in body] == [shown(m) for m in missed]
    other_room = connect(f"/ws/chat?room=other&since={before['rev']}")
    assert server.post("/chat/rooms/other/messages", {"nick": nick, "text": nick}).status == 201
    other_room.wait_text(nick)
    assert {body["room"] for body in other_room.bodies} == {"other"}


def test_without_since_it_is_live_from_the_position_of_the_handshake(
    server: LiveServer, connect: Connect, nick: str
) -> None:
    rest(server, f"before {nick}")
    client = connect("/ws/chat", "json")
    assert client.socket.headers["x-epoch"] == epoch(server)
    rev = int(client.socket.headers["x-rev"])
    after = rest(server, f"after {nick}")
    client.wait_text(f"after {nick}")
    assert [body for body in client.bodies if "rev" in body] == [shown(after)]
    changes = server.get(f"{ROOM}/changes?since={rev}").json["data"]
    assert changes == [after]
