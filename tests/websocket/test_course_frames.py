"""What native clients written for the servers of a web course are sent."""

import json
import secrets

import pytest

from tests.support.native import NativeClient, shown
from tests.support.server import LiveServer
from tests.websocket.conftest import Connect
from tests.websocket.lobby import rest


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
