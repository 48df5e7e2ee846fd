"""Native clients written for the servers of a web course: their addresses, and what they send."""

import json
import secrets

import pytest

from tests.support.native import notice
from tests.support.server import LiveServer
from tests.websocket.conftest import Connect
from tests.websocket.lobby import refused, rest

ALIASES = {"/": "/ws", "/echo": "/ws/echo", "/broadcast": "/ws/broadcast", "/chat": "/ws/chat"}
SENT = {
    "username": '{"type": "message", "username": "%s", "message": "hej %s", "timestamp": 1}',
    "nickname": '{"nickname": "%s", "message": "hej %s"}',
    "nick": '{"nick": "%s", "msg": "hej %s", "colour": "red"}',
    "user": '{"user": {"name": "%s"}, "body": "hej %s"}',
    "name and data": '{"name": "%s", "data": "hej %s"}',
    "params": '{"command": "message", "params": {"nickname": "%s", "message": "hej %s"}}',
}


@pytest.mark.parametrize("path", ["/", "/?own=yes", "/echo", "/echo/"])
def test_the_course_s_addresses_are_the_echo(connect: Connect, path: str) -> None:
    """F69, F86: handshakes there were answered with 400 and 404."""
    client = connect(path)
    client.send("hej")
    assert client.wait(bool) == "hej"


def test_the_course_s_broadcast_sends_to_the_others(connect: Connect) -> None:
    """F86: a handshake there was answered with 404."""
    one, other = connect("/broadcast", "broadcast-protocol"), connect("/ws/broadcast")
    one.wait(lambda text: text.startswith("New client connected"))
    other.send("hej")
    one.wait(lambda text: text == "hej")


@pytest.mark.parametrize("protocol", ["text", "json"])
@pytest.mark.parametrize("path", ["/", "/chat", "/ws/chat/"])
def test_without_a_nick_a_client_reads_until_it_joins(
    server: LiveServer, connect: Connect, nick: str, path: str, protocol: str
) -> None:
    """F69, F70, F86: it was not said how a client without a nick gets one."""
    client = connect(path, protocol)
    assert client.protocol == protocol
    rest(server, f"read {nick}")
    client.wait(lambda message: f"read {nick}" in message)
    client.send("hej")
    refusal = client.wait(lambda message: "Error" in message or "errors" in message)
    assert "A nick is needed to write: send /join NAME." in refusal
    client.send(f"/join {nick}")
    client.wait(lambda message: f"You are {nick} now." in message)
    client.send(f"said by {nick}")
    client.wait(lambda message: f"said by {nick}" in message and "You are" not in message)


def test_other_requests_for_these_addresses_are_as_before(server: LiveServer) -> None:
    """F69, F86: only a handshake is answered by the WebSocket, where there is another route."""
    assert "links" in server.get("/").json["data"]
    assert isinstance(server.get("/chat").json["data"], list)
    for alias, path in ALIASES.items():
        if alias not in ("/", "/chat"):
            assert server.get(alias).status == server.get(path).status == 426


@pytest.mark.parametrize("alias", ALIASES)
def test_a_handshake_is_refused_as_at_the_other_address(server: LiveServer, alias: str) -> None:
    """F69, F86: so are foreign protocols and unsound handshakes."""
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    for more in ({}, {"Sec-WebSocket-Key": secrets.token_hex(8)}, {"Sec-WebSocket-Version": "8"}):
        one, other = (server.get(path, headers=headers | more) for path in (alias, ALIASES[alias]))
        assert (one.status, one.json) == (other.status, other.json)


@pytest.mark.parametrize("name", ["nickname", "username", "name", "user"])
def test_the_nick_in_the_address_has_other_names(connect: Connect, nick: str, name: str) -> None:
    """F71: the nick as `?nickname=` was refused with 422."""
    client = connect(f"/?{name}={nick}", "json")
    client.send("hej")
    assert client.wait_text("hej")["nick"] == nick


def test_a_wrong_name_in_the_address_is_refused(server: LiveServer) -> None:
    assert refused(server, "nickname=%00") == (422, "invalid")
    assert refused(server, "nicknames=doe") == (422, "invalid")
    assert refused(server, "own=maybe") == (422, "invalid")


@pytest.mark.parametrize("how", SENT)
def test_texts_and_nicks_are_read_by_the_course_s_names(
    connect: Connect, nick: str, how: str
) -> None:
    """F71: objects of the course were refused with 422 for unknown fields."""
    reader, client = connect("/ws/chat"), connect("/", "json")
    client.send(SENT[how] % (nick, nick))
    message = reader.wait_text(f"hej {nick}")
    assert message["nick"] == message["username"] == message["nickname"] == nick
    assert message["message"] == message["data"] == f"hej {nick}"
    client.send(SENT[how] % (f"{nick}-b", f"{nick}-b"))
    assert reader.wait_text(f"hej {nick}-b")["nick"] == f"{nick}-b"


def test_an_object_with_a_nick_alone_joins(connect: Connect, nick: str) -> None:
    """F71: an object with a nick alone is the command /join."""
    client = connect("/", "json")
    client.send(json.dumps({"type": "join", "nickname": f" {nick} ", "key": "k"}))
    client.wait_body(lambda body: body == notice(f"You are {nick} now.", key="k"))


def test_the_name_of_a_command_alone_is_the_command(connect: Connect, nick: str) -> None:
    """F71: clients that send texts with a slash as a command were refused."""
    client = connect(f"/?nickname={nick}", "broadcast")
    for sent in ({"command": "clients", "key": "k"}, {"command": " /clients", "key": "l"}):
        client.send(json.dumps(sent))
        answer = client.wait_body(lambda body, sent=sent: body.get("key") == sent["key"])
        assert answer["nickname"] == "Server"
        assert nick in answer["data"]


@pytest.mark.parametrize("fields", [{"params": {}}, {"params": {"message": ""}}, {"command": 1}])
def test_a_command_with_something_else_is_a_message(
    connect: Connect, nick: str, fields: dict[str, object]
) -> None:
    client = connect(f"/?nickname={nick}", "json")
    client.send(json.dumps({"command": "message", "key": "k", **fields}))
    body = client.wait_body(lambda body: body.get("key") == "k")
    assert body["data"] == "A message needs text."
