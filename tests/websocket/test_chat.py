"""The chat on a native WebSocket, which shares its rooms with REST and Socket.IO."""

import json
import secrets

import pytest

from tests.support.native import NativeClient, notice, shown
from tests.support.server import LiveServer
from tests.support.wire import WireClient
from tests.websocket.conftest import Connect
from tests.websocket.lobby import MESSAGES, rest


def test_json_clients_receive_messages_as_over_rest(
    server: LiveServer, connect: Connect, nick: str
) -> None:
    one, other = connect(f"/ws/chat?nick={nick}"), connect("/ws", "json")
    assert one.protocol is None
    one.say(f"hej {nick}")
    message = one.wait_text(f"hej {nick}")
    assert message == shown(server.get(f"{MESSAGES}/{message['id']}").json["data"])
    assert (message["nick"], message["data"]) == (nick, f"hej {nick}")
    assert message["timestamp"] == message["time"]
    one.send(json.dumps({"data": f"course {nick}"}))
    assert other.wait_text(f"course {nick}") == one.wait_text(f"course {nick}")


def test_edits_and_deletions_are_received(server: LiveServer, connect: Connect, nick: str) -> None:
    secret = secrets.token_hex(16)
    lines, objects = connect("/ws/chat", "text"), connect("/ws/chat")
    path = f"{MESSAGES}/{rest(server, f'first {nick}', nick, guest=secret)['id']}"
    edited = server.patch(path, {"text": f"second {nick}"}, guest=secret).json["data"]
    deleted = server.delete(path, guest=secret).json["data"]
    received = objects.wait_body(lambda body: body.get("rev") == deleted["rev"])
    assert received == shown(deleted)
    assert shown(edited) in objects.bodies
    deletion = f"* {nick} deleted message {deleted['id']}."
    lines.wait(lambda line: line == deletion)
    ours = [line for line in lines.messages if nick in str(line)]
    assert ours == [f"{nick}: first {nick}", f"{nick}: second {nick} (edited)", deletion]


def test_text_clients_send_and_receive_lines(connect: Connect, nick: str) -> None:
    one, other = connect(f"/ws/chat?nick={nick}", "text"), connect("/ws/chat", "text")
    for text in ("hej", '{"text": "no object here"}', "två\nrader"):
        one.send(text)
        line = f"{nick}: {text}"
        assert one.wait(lambda message, line=line: message == line)
        assert other.wait(lambda message, line=line: message == line)


def test_the_room_is_shared_with_socket_io(server: LiveServer, connect: Connect, nick: str) -> None:
    native = connect(f"/ws/chat?nick={nick}")
    with WireClient(server.host, server.port) as stock:
        stock.connect(auth={"nick": f"{nick}-stock"})
        joined = stock.call("/chat", "join", {"room": "lobby"})["data"]
        assert {"nick": nick, "verified": False} in joined["members"]
        native.say(f"from {nick}")
        message, rev = stock.wait_event("message", lambda m, _: m["text"] == f"from {nick}")
        assert shown(message) == native.wait_text(f"from {nick}")
        stock.call("/chat", "post", {"room": "lobby", "text": f"to {nick}"})
        native.wait_text(f"to {nick}")
        assert rev == str(message["rev"])
        event = native.wait_body(
            lambda body: (body.get("event"), body["nick"]) == ("joined", f"{nick}-stock")
        )
        assert (event["room"], event["verified"], event["members"] >= 2) == ("lobby", False, True)
        stock.call("/chat", "typing", {"room": "lobby"})
        native.wait_body(lambda body: body.get("event") == "typing")
        stock.call("/chat", "leave", {"room": "lobby"})
        native.wait_body(lambda body: body.get("event") == "left")


def test_join_is_the_same_as_nick(connect: Connect, nick: str) -> None:
    client = connect(f"/ws/chat?nick={nick}")
    client.say("/help")
    help_text = client.wait_body(lambda body: body.get("event") == "notice")["text"]
    assert help_text.endswith("\n/join NICK - the same as /nick")
    client.say(f"/JOIN {nick}2")
    client.wait_body(lambda body: body == notice(f"You are {nick}2 now."))
    client.say("//join is no command")
    assert client.wait_text("/join is no command")["nick"] == f"{nick}2"
    client.say("/joinery")
    error = client.wait_body(lambda body: "errors" in body)["errors"][0]
    assert error["code"] == "bad_command"


def test_a_client_without_a_nick_can_read_until_it_joins_with_one(
    connect: Connect, nick: str
) -> None:
    client = connect("/ws/chat", "text")
    client.send("hej")
    client.wait(lambda line: line.startswith("* Error: "))
    client.send(f"/join {nick}")
    client.wait(lambda line: line == f"* You are {nick} now.")
    client.send("hej igen")
    client.wait(lambda line: line == f"{nick}: hej igen")
    other = connect("/ws/chat", "text")
    other.send(f"/join {nick}")
    other.wait(lambda line: line == f"* Error: Somebody else is here as '{nick}'.")


INVALID = {
    "no JSON": ('{"text": "hej"', "bad_body"),
    "no JSON after white space": ("\n {hej}", "bad_body"),
    "neither text nor data": ("{}", "invalid"),
    "both": ('{"text": "a", "data": "b"}', "invalid"),
    "another field": ('{"text": "a", "colour": "red"}', "invalid"),
    "a number": ('{"text": 1}', "invalid"),
    "nothing to be seen": ('{"text": " "}', "invalid"),
    "nothing": ("", "invalid"),
    "a string of nothing": ('""', "invalid"),
    "binary": (b'{"text": "a"}', "invalid"),
    "too long": (json.dumps({"text": "x" * 4001}), "too_long"),
    "much too long": (json.dumps({"text": "x" * 200_000}), "invalid"),
    "NUL": ('{"text": "a\\u0000"}', "invalid"),
    "deep": ('{"text":' * 5000 + "1" + "}" * 5000, "bad_body"),
    "a plain text too long": ("x" * 4001, "too_long"),
    "a plain NUL": ("a\0", "invalid"),
    "a plain command that is none": ("/fly", "bad_command"),
    "a command that is none": ('{"text": "/fly"}', "bad_command"),
}


def test_f58_a_byte_order_mark_before_a_message_is_ignored(connect: Connect, nick: str) -> None:
    """F58: it made a text of the object, which was stored as that."""
    objects = connect(f"/ws/chat?nick={nick}")
    objects.send("\ufeff" + json.dumps({"text": f"object {nick}"}))
    objects.wait_text(f"object {nick}")
    objects.send(f"\ufefftext {nick}")
    objects.wait_text(f"text {nick}")


@pytest.mark.parametrize("what", INVALID)
def test_an_invalid_message_is_an_error_and_the_connection_stays_open(
    connect: Connect, nick: str, what: str
) -> None:
    message, code = INVALID[what]
    objects = connect(f"/ws/chat?nick={nick}")
    objects.send(message)
    errors = objects.wait_body(lambda body: "errors" in body)["errors"]
    assert {error["code"] for error in errors} == {code}
    objects.say(f"still here {nick}")
    objects.wait_text(f"still here {nick}")


def test_an_error_in_text_is_one_line(connect: Connect, nick: str) -> None:
    lines = connect(f"/ws/chat?nick={nick}", "text")
    for message in ("", " ", "x" * 4001, b"hej", "/fly", "/nick", "a\0b"):
        since = len(lines.messages)
        lines.send(message)
        line = lines.wait(lambda line: line.startswith("* Error: "), since=since)
        assert "\n" not in line
    lines.send("still here")
    lines.wait(lambda line: line == f"{nick}: still here")


def test_a_message_with_a_key_is_acknowledged_and_not_stored_twice(
    connect: Connect, nick: str
) -> None:
    client = connect(f"/ws/chat?nick={nick}&guest={secrets.token_hex(16)}")
    for _ in range(2):
        client.say(f"once {nick}", key="k")
    client.say(f"the end {nick}")
    client.wait_text(f"the end {nick}")
    message = client.wait_text(f"once {nick}")
    assert [body.get("text") for body in client.bodies].count(f"once {nick}") == 1
    acks = [body for body in client.bodies if body.get("event") == "stored"]
    assert [(ack["key"], shown(ack["message"])) for ack in acks] == [("k", message)] * 2


def test_posts_over_the_rate_limit_are_errors_and_the_connection_stays_open(
    make_server, nick: str
) -> None:
    server: LiveServer = make_server(rate_limits="on")
    client = NativeClient(server, "/ws/chat?nick=mos")
    for number in range(40):
        client.say(f"{number}")
    body = client.wait_body(lambda body: "errors" in body)
    assert body["errors"][0]["code"] == "rate_limited"
    assert body["retry_after"] >= 1
    client.wait_text("29")
    client.abort()
