"""Tokens that expire on open native WebSockets (F46)."""

import json

from tests.chat.clients import make_token, renewed_token
from tests.support.server import LiveServer
from tests.websocket.conftest import Connect
from tests.websocket.lobby import rest

SHORT = 3 / 3600


def test_an_expired_token_posts_nothing_until_it_is_renewed(
    server: LiveServer, connect: Connect, nick: str
) -> None:
    client = connect(f"/ws/chat?token={make_token(server, nick, hours=SHORT)}")
    # It is sent the end of the token, though it has sent nothing.
    ended = client.wait_body(lambda body: "errors" in body)
    assert "key" not in ended and ended["errors"][0]["code"] == "expired_token"
    client.say("hej", key="first")
    error = client.wait_body(lambda body: body.get("key") == "first")
    assert error["errors"][0]["code"] == "expired_token"
    rest(server, f"to all {nick}")
    client.wait_text(f"to all {nick}")
    client.send(
        json.dumps({"event": "authenticate", "token": renewed_token(server, nick), "key": "t"})
    )
    answer = client.wait_body(lambda body: body.get("event") == "authenticated")
    assert answer == {
        "event": "authenticated",
        "user": {"email": f"{nick}@example.com", "nick": nick, "role": "member"},
        "key": "t",
    }
    client.say(f"after {nick}")
    assert client.wait_text(f"after {nick}")["verified"]


def test_a_wrong_token_changes_nothing(server: LiveServer, connect: Connect, nick: str) -> None:
    client = connect(f"/ws/chat?token={make_token(server, nick)}")
    others = make_token(server, f"other-{nick}")
    for fields, code in (
        ({"token": others}, "forbidden"),
        ({"token": "x"}, "bad_token"),
        ({}, "invalid"),
        ({"token": "x", "text": "hej"}, "invalid"),
    ):
        client.send(json.dumps({"event": "authenticate", "key": code, **fields}))
        error = client.wait_body(lambda body, code=code: body.get("key") == code)
        assert error["errors"][0]["code"] == code
        client.messages.clear()
    client.send(json.dumps({"event": "dance"}))
    assert client.wait_body(lambda body: "errors" in body)["errors"][0]["code"] == "invalid"
    client.say(f"as before {nick}")
    assert client.wait_text(f"as before {nick}")["verified"]


def test_a_closed_room_is_closed_when_the_token_expires(
    server: LiveServer, connect: Connect, nick: str
) -> None:
    owner = make_token(server, f"owner-{nick}", "owner")
    room = {"name": f"closed-{nick}", "guests": "none"}
    assert server.post("/chat/rooms", room, token=owner).status == 201
    token = make_token(server, nick, hours=SHORT)
    client = connect(f"/ws/chat?room=closed-{nick}&token={token}")
    assert client.ended() == 1008
