"""Each wrong input over REST has its error in the one envelope."""

from typing import Any

import pytest

from tests.chat.clients import Room, faults, secret
from tests.chat.conftest import MakeToken, Visit
from tests.support.server import LiveServer

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GOOD = {"nick": "mos", "text": "hej"}
INVALID = 422, "invalid"

POSTS = [
    ("no text", {"json": {"nick": "mos"}}, (*INVALID, "text")),
    ("no nick", {"json": {"text": "hej"}}, (422, "nick_required", "nick")),
    ("no body", {}, (*INVALID, "text")),
    ("an unknown field", {"json": {**GOOD, "colour": "red"}}, (*INVALID, "colour")),
    ("a number for a text", {"json": {**GOOD, "text": 7}}, (*INVALID, "text")),
    ("null for a text", {"json": {**GOOD, "text": None}}, (*INVALID, "text")),
    ("an empty text", {"json": {**GOOD, "text": ""}}, (*INVALID, "text")),
    ("nothing but space", {"json": {**GOOD, "text": " \n "}}, (*INVALID, "text")),
    ("NUL in a text", {"json": {**GOOD, "text": "a\0b"}}, (*INVALID, "text")),
    ("a text too long", {"json": {**GOOD, "text": "x" * 4001}}, (422, "too_long", "text")),
    ("a text far too long", {"json": {**GOOD, "text": "x" * 100_001}}, (*INVALID, "text")),
    ("a list for a nick", {"json": {**GOOD, "nick": ["mos"]}}, (*INVALID, "nick")),
    ("an empty nick", {"json": {**GOOD, "nick": " "}}, (*INVALID, "nick")),
    ("a nick too long", {"json": {**GOOD, "nick": "x" * 33}}, (*INVALID, "nick")),
    ("an invisible nick", {"json": {**GOOD, "nick": "mos\u200b"}}, (*INVALID, "nick")),
    ("a reserved nick", {"json": {**GOOD, "nick": "THE-OWNER"}}, (403, "nick_reserved", "nick")),
    ("an empty key", {"json": {**GOOD, "key": ""}}, (*INVALID, "key")),
    ("a key too long", {"json": {**GOOD, "key": "k" * 129}}, (*INVALID, "key")),
    ("a list", {"json": [GOOD]}, (*INVALID, None)),
    ("a string", {"json": "hej"}, (*INVALID, None)),
    ("bad JSON", {"body": b'{"text": ', "headers": JSON}, (400, "bad_body", None)),
    ("JSON not UTF-8", {"body": b'{"text": "\xff"}', "headers": JSON}, (400, "bad_body", None)),
    ("half a pair", {"body": b'{"text": "\\ud800"}', "headers": JSON}, (400, "bad_body", None)),
    ("a form not UTF-8", {"body": b"text=%ff", "headers": FORM}, (400, "bad_body", None)),
    ("deep JSON", {"body": b"[" * 100_000, "headers": JSON}, (400, "bad_body", None)),
    ("another type", {"body": b"hej"}, (415, "unsupported_media_type", None)),
    (
        "a body too big",
        {"body": b" " * 1_100_000, "headers": JSON},
        (413, "request_entity_too_large", None),
    ),
    ("a short secret", {"json": GOOD, "guest": "short"}, (*INVALID, "X-Guest")),
    ("a bad token", {"json": GOOD, "token": "x.y.z"}, (401, "bad_token", None)),
]


@pytest.mark.parametrize(("options", "fault"), [pytest.param(*p[1:], id=p[0]) for p in POSTS])
def test_a_wrong_post(room: Room, options: dict[str, Any], fault: tuple) -> None:
    reply = room.server.request("POST", f"{room.url}/messages", **options)
    assert faults(reply)[0] == fault
    assert room.ids() == []


READS = [
    ("/messages?limit=201", (*INVALID, "limit")),
    ("/messages?limit=-1", (*INVALID, "limit")),
    ("/messages?limit=ten", (*INVALID, "limit")),
    ("/messages?limit=", (*INVALID, "limit")),
    ("/messages?before=5&after=3", (*INVALID, None)),
    ("/messages?around=5&at=2026-01-01T00:00:00Z", (*INVALID, None)),
    ("/messages?before=0", (*INVALID, "before")),
    ("/messages?after=-1", (*INVALID, "after")),
    ("/messages?around=99999999999999999999", (*INVALID, "around")),
    ("/messages?at=yesterday", (*INVALID, "at")),
    ("/messages?at=2026-01-01T00:00:00", (*INVALID, "at")),
    ("/messages?befor=5", (*INVALID, "befor")),
    ("/messages/0", (404, "not_found", "id")),
    ("/messages/7", (404, "not_found", "id")),
    ("/messages/99999999999999999999999", (404, "not_found", "id")),
    ("/messages/seven", (404, "not_found", None)),
    ("/changes?since=-1", (*INVALID, "since")),
    ("/changes?since=1.5", (*INVALID, "since")),
    ("/changes?since=99999999999999999999", (*INVALID, "since")),
    ("/changes?limit=0", (*INVALID, "limit")),
    ("/changes?limit=201", (*INVALID, "limit")),
    ("/changes?wait=61", (*INVALID, "wait")),
    ("/changes?wait=nan", (*INVALID, "wait")),
    ("/changes?epoch=foreign", (410, "foreign_epoch", None)),
    ("/nothing", (404, "not_found", None)),
]


@pytest.mark.parametrize(("rest", "fault"), READS)
def test_a_wrong_read(room: Room, rest: str, fault: tuple) -> None:
    assert faults(room.get(rest)) == [fault]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("number", [0, 7, 2**53 - 1])
def test_a_message_that_is_not_there(room: Room, method: str, number: int) -> None:
    body = {"text": "hej"} if method == "PATCH" else None
    reply = room.server.request(method, f"{room.url}/messages/{number}", body, guest=secret())
    assert faults(reply) == [(404, "not_found", "id")]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_id_beyond_all_numbers(room: Room, method: str) -> None:
    body = {"text": "hej"} if method == "PATCH" else None
    reply = room.server.request(method, f"{room.url}/messages/{10**30}", body, guest=secret())
    assert faults(reply)[0][0] in (404, 405)


@pytest.mark.parametrize("rest", ["", "/messages", "/messages/1", "/changes", "/members"])
@pytest.mark.parametrize("name", ["nowhere", "%00", "%ff", "x" * 300, "Lobby", "å"])
def test_a_room_that_is_not_there(server: LiveServer, name: str, rest: str) -> None:
    assert faults(server.get(f"/chat/rooms/{name}{rest}")) == [(404, "not_found", "room")]


def test_writing_where_there_is_no_room(server: LiveServer) -> None:
    nowhere = Room(server, "nowhere")
    for reply in (nowhere.post(), nowhere.edit(1, "hej"), nowhere.delete(1)):
        assert faults(reply) == [(404, "not_found", "room")]


@pytest.mark.parametrize("header", ["x-access-token", "Authorization"])
def test_a_bad_or_expired_token(
    server: LiveServer, make_user: MakeToken, fresh, header: str
) -> None:
    expired = make_user(fresh("late"), hours=-1)
    forged = make_user(fresh("forger"))[:-4] + "AAAA"
    scheme = "Bearer " if header == "Authorization" else ""
    for token, code in ((expired, "expired_token"), (forged, "bad_token"), ("", "bad_token")):
        reply = server.get("/chat/rooms", headers={header: scheme + token})
        assert faults(reply) == [(401, code, None)]
        assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_a_method_that_is_not_there(room: Room) -> None:
    reply = room.server.put(f"{room.url}/messages", GOOD)
    assert faults(reply) == [(405, "method_not_allowed", None)]
    assert "POST" in reply.headers["Allow"]


def test_every_error_is_reported(room: Room) -> None:
    reply = room.server.post(f"{room.url}/messages", {"nick": 1, "text": 2, "more": 3})
    assert {fault[2] for fault in faults(reply)} == {"nick", "text", "more"}


def test_others_are_not_disturbed(room: Room, visit: Visit) -> None:
    watcher = visit(room)
    for _, options, _ in POSTS:
        room.server.request("POST", f"{room.url}/messages", **options)
    room.say("still here")
    watcher.wait_message("still here")
    assert len(watcher.messages()) == 1
