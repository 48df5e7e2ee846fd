"""The chat on a native WebSocket: one room with every other door."""

import json
import secrets
from typing import Any

import pytest

from tests.chat.people import make_token
from tests.native.conftest import Connect
from tests.support.native import NativeClient, shown
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient
from tests.transport.observe import SECONDS

ROOM = "/chat/rooms/lobby"
MESSAGES = f"{ROOM}/messages"


def rest(server: LiveServer, text: str, nick: str = "rest", **options: Any) -> dict[str, Any]:
    """Post over REST."""
    reply = server.post(MESSAGES, {"nick": nick, "text": text}, **options)
    assert reply.status == 201, reply.json
    message: dict[str, Any] = reply.json["data"]
    return message


def test_json_clients_get_messages_as_on_every_wire(
    server: LiveServer, connect: Connect, nick: str
) -> None:
    one, other = connect(f"/ws/chat?nick={nick}"), connect("/ws", "json")
    assert one.protocol is None
    one.say(f"hej {nick}")
    said = one.wait_text(f"hej {nick}")
    assert said == shown(server.get(f"{MESSAGES}/{said['id']}").json["data"])
    assert (said["nick"], said["data"], said["timestamp"]) == (nick, f"hej {nick}", said["time"])
    one.send(json.dumps({"data": f"course {nick}"}))
    assert other.wait_text(f"course {nick}") == one.wait_text(f"course {nick}")


def test_edits_and_deletions_are_told(server: LiveServer, connect: Connect, nick: str) -> None:
    secret = secrets.token_hex(16)
    lines, objects = connect("/ws/chat", "text"), connect("/ws/chat")
    path = f"{MESSAGES}/{rest(server, f'first {nick}', nick, guest=secret)['id']}"
    edited = server.patch(path, {"text": f"second {nick}"}, guest=secret).json["data"]
    deleted = server.delete(path, guest=secret).json["data"]
    found = objects.wait_body(lambda body: body.get("rev") == deleted["rev"])
    assert found == shown(deleted)
    assert shown(edited) in objects.bodies
    gone = f"* {nick} deleted message {deleted['id']}."
    lines.wait(lambda line: line == gone)
    ours = [line for line in lines.messages if nick in str(line)]
    assert ours == [f"{nick}: first {nick}", f"{nick}: second {nick} (edited)", gone]


def test_lines_are_said_and_heard(connect: Connect, nick: str) -> None:
    one, other = connect(f"/ws/chat?nick={nick}", "text"), connect("/ws/chat", "text")
    for text in ("hej", '{"text": "no object here"}', "två\nrader"):
        one.send(text)
        line = f"{nick}: {text}"
        assert one.wait(lambda came, line=line: came == line)
        assert other.wait(lambda came, line=line: came == line)


def test_it_is_one_room_with_the_other_doors(
    server: LiveServer, connect: Connect, nick: str
) -> None:
    native = connect(f"/ws/chat?nick={nick}")
    with WireClient(server.host, server.port) as stock:
        stock.connect(auth={"nick": f"{nick}-stock"})
        joined = stock.call("/chat", "join", {"room": "lobby"})["data"]
        assert {"nick": nick, "verified": False} in joined["members"]
        native.say(f"from {nick}")
        told, rev = stock.wait_event("message", lambda m, _: m["text"] == f"from {nick}")
        assert shown(told) == native.wait_text(f"from {nick}")
        stock.call("/chat", "post", {"room": "lobby", "text": f"to {nick}"})
        native.wait_text(f"to {nick}")
        assert rev == str(told["rev"])
        came = native.wait_body(
            lambda body: (body.get("event"), body["nick"]) == ("joined", f"{nick}-stock")
        )
        assert (came["room"], came["verified"], came["members"] >= 2) == ("lobby", False, True)
        stock.call("/chat", "typing", {"room": "lobby"})
        native.wait_body(lambda body: body.get("event") == "typing")
        stock.call("/chat", "leave", {"room": "lobby"})
        native.wait_body(lambda body: body.get("event") == "left")


def test_join_is_nick_here(connect: Connect, nick: str) -> None:
    client = connect(f"/ws/chat?nick={nick}")
    client.say("/help")
    told = client.wait_body(lambda body: body.get("event") == "notice")["text"]
    assert told.endswith("\n/join NICK - the same as /nick")
    client.say(f"/JOIN {nick}2")
    client.wait_body(lambda body: body == {"event": "notice", "text": f"You are {nick}2 now."})
    client.say("//join is no command")
    assert client.wait_text("/join is no command")["nick"] == f"{nick}2"
    client.say("/joinery")
    error = client.wait_body(lambda body: "errors" in body)["errors"][0]
    assert error["code"] == "bad_command"


def test_who_has_no_nick_reads_until_joining_with_one(connect: Connect, nick: str) -> None:
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


WRONG = {
    "no JSON": ("hej", "bad_body"),
    "a text that is a string": ('"hej"', "invalid"),
    "neither text nor data": ("{}", "invalid"),
    "both": ('{"text": "a", "data": "b"}', "invalid"),
    "another field": ('{"text": "a", "colour": "red"}', "invalid"),
    "a number": ('{"text": 1}', "invalid"),
    "nothing to be seen": ('{"text": " "}', "invalid"),
    "nothing": ("", "bad_body"),
    "binary": (b'{"text": "a"}', "invalid"),
    "too long": (json.dumps({"text": "x" * 4001}), "too_long"),
    "much too long": (json.dumps({"text": "x" * 200_000}), "invalid"),
    "NUL": ('{"text": "a\\u0000"}', "invalid"),
    "deep": ("[" * 5000 + "]" * 5000, "bad_body"),
    "a command that is none": ('{"text": "/fly"}', "bad_command"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_and_the_connection_stays(
    connect: Connect, nick: str, what: str
) -> None:
    message, code = WRONG[what]
    objects = connect(f"/ws/chat?nick={nick}")
    objects.send(message)
    errors = objects.wait_body(lambda body: "errors" in body)["errors"]
    assert {error["code"] for error in errors} == {code}
    objects.say(f"still here {nick}")
    objects.wait_text(f"still here {nick}")


def test_in_text_what_is_wrong_is_one_line(connect: Connect, nick: str) -> None:
    lines = connect(f"/ws/chat?nick={nick}", "text")
    for message in ("", " ", "x" * 4001, b"hej", "/fly", "/nick", "a\0b"):
        since = len(lines.messages)
        lines.send(message)
        line = lines.wait(lambda line: line.startswith("* Error: "), since=since)
        assert "\n" not in line
    lines.send("still here")
    lines.wait(lambda line: line == f"{nick}: still here")


def test_a_key_is_acknowledged_and_again_not_stored(connect: Connect, nick: str) -> None:
    client = connect(f"/ws/chat?nick={nick}&guest={secrets.token_hex(16)}")
    for _ in range(2):
        client.say(f"once {nick}", key="k")
    client.say(f"the end {nick}")
    client.wait_text(f"the end {nick}")
    said = client.wait_text(f"once {nick}")
    assert [body.get("text") for body in client.bodies].count(f"once {nick}") == 1
    answers = [body for body in client.bodies if body.get("event") == "stored"]
    assert [(answer["key"], shown(answer["message"])) for answer in answers] == [("k", said)] * 2


def refused(server: LiveServer, query: str, **options: Any) -> tuple[int, str]:
    """Knock in vain; return the status and the code."""
    headers = {
        **{"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"},
        **{"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="},
        **options,
    }
    reply = server.get(f"/ws/chat?{query}", headers=headers)
    return reply.status, reply.json["errors"][0]["code"]


def test_what_is_wrong_with_a_handshake_is_a_status(
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


def test_a_token_proves_the_nick(server: LiveServer, connect: Connect, nick: str) -> None:
    token = make_token(server, nick)
    client = connect(f"/ws/chat?token={token}")
    client.say(f"it is {nick}")
    said = client.wait_text(f"it is {nick}")
    assert (said["nick"], said["verified"]) == (nick, True)


def test_a_guest_s_secret_makes_it_theirs(server: LiveServer, connect: Connect, nick: str) -> None:
    secret = secrets.token_hex(16)
    client = connect(f"/ws/chat?nick={nick}&guest={secret}")
    client.say(f"mine {nick}")
    said = client.wait_text(f"mine {nick}")
    path = f"{MESSAGES}/{said['id']}"
    assert server.patch(path, {"text": "x"}, guest=secrets.token_hex(16)).status == 403
    assert server.patch(path, {"text": f"changed {nick}"}, guest=secret).status == 200
    client.wait_text(f"changed {nick}")
    connect(f"/ws/chat?nick={nick}&guest={secret}")


def test_since_brings_what_was_missed_then_what_happens(
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


def epoch(server: LiveServer) -> str:
    """Return the log's epoch."""
    found: str = server.get(f"{MESSAGES}?limit=0").json["epoch"]
    return found


def test_without_since_it_is_live_from_the_position_in_the_handshake(
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


def test_a_room_that_is_closed_sends_its_guests_away(
    server: LiveServer, connect: Connect, nick: str
) -> None:
    token = make_token(server, f"owner-{nick}", "owner")
    assert server.post("/chat/rooms", {"name": nick}, token=token).status == 201
    guests = [connect(f"/ws/chat?room={nick}&nick={nick}"), connect(f"/ws/chat?room={nick}")]
    member = connect(f"/ws/chat?room={nick}&token={token}")
    path = f"/chat/rooms/{nick}"
    assert server.patch(path, {"guests": "none"}, token=token).status == 200
    for guest in guests:
        assert guest.ended() == 1008
        assert b"closed to guests" in (guest.closing or b"")
    member.say("members only")
    member.wait_text("members only")
    assert refused(server, f"room={nick}") == (403, "members_only")
    assert [m["nick"] for m in server.get(f"{path}/members", token=token).json["data"]] == [
        f"owner-{nick}"
    ]


@pytest.mark.parametrize("room", ["lobby", "other"])
def test_who_still_catches_up_is_sent_away_from_their_room_only(make_server, room: str) -> None:
    server: LiveServer = make_server(
        message_max_length=100_000, outbox_bytes=200_000, rooms="lobby,other"
    )
    token = make_token(server, "owner", "owner")
    sent = [rest(server, "x" * 99_000) for _ in range(100)]
    client = NativeClient(server, "/ws/chat?since=0")
    client.wait_body(lambda body: body.get("rev") == sent[0]["rev"])
    path = f"/chat/rooms/{room}"
    assert server.patch(path, {"guests": "none"}, token=token).status == 200
    if room == "lobby":
        assert client.ended() == 1008
        assert len(client.messages) < len(sent)
    else:
        client.wait_body(lambda body: body.get("rev") == sent[-1]["rev"], SECONDS)
        assert client.code is None
    client.abort()


def test_pages_of_other_origins_are_refused(make_server, nick: str) -> None:
    server: LiveServer = make_server(cors_origins="https://one.example,https://two.example")
    assert refused(server, "", Origin="https://three.example") == (403, "foreign_origin")
    assert refused(server, "", Origin="null") == (403, "foreign_origin")
    for origin in ("https://two.example", server.url):
        assert refused(server, "room=no", Origin=origin) == (404, "not_found")
    assert refused(server, "room=no") == (404, "not_found")


def test_too_many_posts_are_told_and_nothing_more(make_server, nick: str) -> None:
    server: LiveServer = make_server(rate_limits="on")
    client = NativeClient(server, "/ws/chat?nick=mos")
    for number in range(40):
        client.say(f"{number}")
    body = client.wait_body(lambda body: "errors" in body)
    assert body["errors"][0]["code"] == "rate_limited"
    assert body["retry_after"] >= 1
    client.wait_text("29")
    client.abort()


def metric(server: LiveServer, name: str) -> float:
    """Read a counter."""
    lines = server.get("/metrics").body.decode().splitlines()
    (found,) = [line.split()[-1] for line in lines if line.startswith(f"{name} ")]
    return float(found)


@pytest.mark.parametrize("way", ["json", "text"])
def test_who_does_not_read_is_closed_as_slow_and_resumes(make_server, way: str) -> None:
    server: LiveServer = make_server(message_max_length=100_000, outbox_bytes=300_000)
    slow, reader = NativeClient(server, "/ws/chat", way), NativeClient(server, "/ws/chat")
    sent = []
    while metric(server, "me_api_slow_clients_total") == 0:
        assert len(sent) < 400, "the server keeps it all"
        sent += [rest(server, "x" * 99_000) for _ in range(5)]
        newest = sent[-1]["rev"]
        reader.wait_body(lambda body, rev=newest: body.get("rev") == rev, SECONDS)
    assert slow.ended() == 1013
    assert slow.closing == b"\x03\xf5slow"
    assert 0 < len(slow.messages) < len(sent)
    if way == "json":
        last = slow.bodies[-1]["rev"]
        back = NativeClient(server, f"/ws/chat?since={last}")
        back.wait_body(lambda body: body.get("rev") == sent[-1]["rev"], SECONDS)
        assert [b["rev"] for b in slow.bodies + back.bodies] == [m["rev"] for m in sent]
        back.abort()
    for client in (slow, reader):
        client.abort()


def test_who_is_lost_is_missed_after_a_grace(server: LiveServer, connect: Connect) -> None:
    count = 'me_api_connections{namespace="/ws/chat"}'
    before = metric(server, count)
    clients = [connect("/ws/chat", way) for way in ("json", "text")]
    assert metric(server, count) == before + 2
    clients[0].abort()
    clients[1].socket.send(b"", 8)
    wait_until(lambda: metric(server, count) == before, SECONDS, "both being forgotten")
