"""The habits of native clients that were written for the servers of a web course."""

import json
import secrets

import pytest

from tests.support.native import NativeClient, notice, shown
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


@pytest.mark.parametrize("path", ["/", "/ws/chat"])
def test_the_subprotocol_broadcast_is_json_to_the_others(
    connect: Connect, nick: str, path: str
) -> None:
    """F71: a chat whose client shows what is typed was refused with 400."""
    client, reader = connect(f"{path}?nickname={nick}", "broadcast"), connect("/ws/chat")
    own = connect(f"{path}?nickname={nick}-b&own=yes", "broadcast")
    assert client.protocol == "broadcast"
    client.send(json.dumps({"command": "message", "params": {"message": f"hej {nick}"}}))
    for other in (reader, own):
        assert other.wait_text(f"hej {nick}")["nickname"] == nick
    own.say(f"end {nick}")
    for other in (client, own):
        assert other.wait_text(f"end {nick}")["nickname"] == f"{nick}-b"
    assert f"hej {nick}" not in [body.get("text") for body in client.bodies]


REFUSED = {
    "a nick that is taken": ({"nick": "{taken}", "message": "hej"}, "nick_taken"),
    "nothing": ({"message": "", "type": "message"}, "invalid"),
    "NUL": ({"message": "a\0"}, "invalid"),
    "deep": ({"message": "a", "more": [[[[]]]] * 2_000}, "too_long"),
    "a key that is none": ({"message": "a", "key": 1}, "invalid"),
    "too long": ({"message": "x" * 4_001}, "too_long"),
    "our own form with more": ({"text": "a", "colour": "red"}, "invalid"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_shown_under_the_course_s_names(
    connect: Connect, nick: str, what: str
) -> None:
    """F71: refusals were `undefined: undefined`."""
    fields, code = REFUSED[what]
    connect(f"/ws/chat?nick={nick}-taken")
    client = connect(f"/ws/chat?nick={nick}")
    client.send(json.dumps(fields).replace("{taken}", f"{nick}-taken"))
    body = client.wait_body(lambda body: "errors" in body)
    assert body["errors"][0]["code"] == code
    assert body["nick"] == body["username"] == body["nickname"] == "Server"
    assert body["message"] == body["data"] == " ".join(e["detail"] for e in body["errors"])
    client.say(f"still {nick}")
    assert client.wait_text(f"still {nick}")["nick"] == nick


def test_every_frame_has_a_nick_and_a_text(server: LiveServer, connect: Connect, nick: str) -> None:
    """F71: joins and leaves were `undefined: undefined`."""
    secret = secrets.token_hex(16)
    client = connect(f"/ws/chat?nick={nick}")
    other = connect(f"/ws/chat?nick={nick}-b&guest={secret}", "text")
    message = rest(server, f"first {nick}", f"{nick}-b", guest=secret)
    server.delete(f"/chat/rooms/lobby/messages/{message['id']}", guest=secret)
    other.send(f"/msg {nick} psst")
    other.send(f"/nick {nick}-c")
    client.wait_body(lambda body: body.get("event") == "joined" and body["nick"] == f"{nick}-c")
    frames = client.bodies
    assert all({"username", "nickname", "message"} <= body.keys() for body in frames)
    assert f"{nick}-b to you: psst" in [body["message"] for body in frames]
    deleted = next(body for body in frames if body.get("deleted"))
    assert (deleted["message"], deleted["data"]) == ("(deleted)", None)


def test_own_no_leaves_out_what_the_connection_posts(connect: Connect, nick: str) -> None:
    """F71: clients that show at once what is typed showed it twice."""
    secret = secrets.token_hex(16)
    query = f"nick={nick}&guest={secret}"
    quiet, same = connect(f"/ws/chat?{query}&own=no"), connect(f"/ws/chat?{query}&own=no")
    other, lines = connect(f"/ws/chat?nick={nick}-b"), connect(f"/?nick={nick}-c&own=no", "text")
    for number in range(20):
        quiet.say(f"quiet {number}")
        other.say(f"other {number}")
        lines.send(f"lines {number}")
    quiet.say("last", key="k")
    for text in ("quiet 19", "lines 19", "last"):
        other.wait_text(text)
    other.say("end")
    for client in (quiet, same, other):
        client.wait_text("end")
    lines.wait(lambda line: line == f"{nick}-b: end")

    def texts(client: NativeClient) -> list[str]:
        messages = [body for body in client.bodies if "rev" in body]
        return [message["text"] for message in messages if message["nick"].startswith(nick)]

    def of(name: str) -> list[str]:
        return [f"{name} {number}" for number in range(20)]

    everything = texts(other)
    assert sorted(everything) == sorted(of("quiet") + of("other") + of("lines") + ["last", "end"])
    assert texts(same) == everything
    assert texts(quiet) == [t for t in everything if not (t.startswith("quiet") or t == "last")]
    revs = [body["rev"] for body in quiet.bodies if "rev" in body]
    assert revs == sorted(revs)
    assert "stored" in [body.get("event") for body in quiet.bodies]
    spoken = [str(line).partition(": ") for line in lines.messages if ": " in str(line)]
    assert [text for _, _, text in spoken] == [t for t in everything if not t.startswith("lines")]


def test_own_no_shows_later_changes_of_own_messages_and_what_failed(
    server: LiveServer, connect: Connect, nick: str
) -> None:
    """F71: nothing but the new message is left out."""
    secret = secrets.token_hex(16)
    client, reader = connect(f"/ws/chat?nick={nick}&guest={secret}&own=no"), connect("/ws/chat")
    client.say(f"mine {nick}")
    message = reader.wait_text(f"mine {nick}")
    client.say("/fly")
    client.wait_body(lambda body: "errors" in body)
    path = f"/chat/rooms/lobby/messages/{message['id']}"
    edited = server.patch(path, {"text": f"changed {nick}"}, guest=secret).json["data"]
    assert client.wait_text(f"changed {nick}") == shown(edited)
    assert f"mine {nick}" not in [body.get("text") for body in client.bodies]
