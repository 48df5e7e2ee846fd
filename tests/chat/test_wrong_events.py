"""Each wrong event is acknowledged with its error in the one envelope; the connection stays."""

import json
from typing import Any

import pytest

from tests.chat.clients import CHAT, ChatClient, Room, faults, secret
from tests.chat.conftest import MakeToken, Visit
from tests.support.packets import CONNECT_ERROR
from tests.support.server import LiveServer
from tests.support.wire import Refused

INVALID = 422, "invalid"
ROOM = {"room": "lobby"}
POST = {"room": "lobby", "text": "hej"}

EVENTS = [
    ("no payload", "post", [], (*INVALID, "room")),
    ("null", "post", [None], (*INVALID, "room")),
    ("a string", "post", ["hej"], (*INVALID, None)),
    ("a list", "post", [[POST]], (*INVALID, None)),
    ("two objects", "post", [POST, POST], (*INVALID, None)),
    ("no text", "post", [ROOM], (*INVALID, "text")),
    ("no room", "post", [{"text": "hej"}], (*INVALID, "room")),
    ("an unknown field", "post", [{**POST, "nick": "mos"}], (*INVALID, "nick")),
    ("a number for a text", "post", [{**POST, "text": 7}], (*INVALID, "text")),
    ("NUL in a text", "post", [{**POST, "text": "a\0b"}], (*INVALID, "text")),
    ("only space", "post", [{**POST, "text": "  "}], (*INVALID, "text")),
    ("a text too long", "post", [{**POST, "text": "x" * 4001}], (422, "too_long", "text")),
    ("an empty key", "post", [{**POST, "key": ""}], (*INVALID, "key")),
    ("no such room to post", "post", [{**POST, "room": "no"}], (404, "not_found", "room")),
    ("no such room to join", "join", [{"room": "no"}], (404, "not_found", "room")),
    ("no such room to leave", "leave", [{"room": "no"}], (404, "not_found", "room")),
    ("no such room to type", "typing", [{"room": "no"}], (404, "not_found", "room")),
    ("no such room's members", "members", [{"room": "no"}], (404, "not_found", "room")),
    ("a room's name too long", "join", [{"room": "x" * 65}], (*INVALID, "room")),
    ("a negative position", "join", [{**ROOM, "since": -1}], (*INVALID, "since")),
    ("a text position", "join", [{**ROOM, "since": "x"}], (*INVALID, "since")),
    ("too much to join", "join", [{**ROOM, "limit": 201}], (*INVALID, "limit")),
    ("no such id to edit", "edit", [{**POST, "id": 10**9}], (404, "not_found", "id")),
    ("an id of zero", "edit", [{**POST, "id": 0}], (*INVALID, "id")),
    ("an id beyond numbers", "delete", [{**ROOM, "id": 2**60}], (*INVALID, "id")),
    ("no id", "delete", [ROOM], (*INVALID, "id")),
    ("two places", "history", [{**ROOM, "before": 5, "after": 3}], (*INVALID, None)),
    ("too large a page", "history", [{**ROOM, "limit": 201}], (*INVALID, "limit")),
    ("no time", "history", [{**ROOM, "at": "then"}], (*INVALID, "at")),
    ("a foreign epoch", "changes", [{**ROOM, "epoch": "x"}], (410, "foreign_epoch", None)),
    ("a time to wait", "changes", [{**ROOM, "wait": 5}], (*INVALID, "wait")),
    ("an unknown event", "dance", [{}], (404, "unknown_event", None)),
    ("an empty name", "", [{}], (404, "unknown_event", None)),
    ("another's event", "message", [{}, "7"], (404, "unknown_event", None)),
    ("a reserved event", "connect", [{}], (404, "unknown_event", None)),
    ("another reserved event", "disconnect", ["x"], (404, "unknown_event", None)),
    ("a star", "*", [{}], (404, "unknown_event", None)),
]


@pytest.mark.parametrize(("name", "args", "fault"), [pytest.param(*e[1:], id=e[0]) for e in EVENTS])
def test_a_wrong_event(visit: Visit, fresh, name: str, args: list[Any], fault: tuple) -> None:
    client = visit(nick=fresh("anna"))
    assert faults(client.call(CHAT, name, *args))[0] == fault
    assert "data" in client.do("members", room="lobby"), "the connection is as it was"


@pytest.mark.parametrize(("name", "args", "fault"), [pytest.param(*e[1:], id=e[0]) for e in EVENTS])
def test_without_an_ack_it_is_a_notice(
    visit: Visit, fresh, name: str, args: list[Any], fault: tuple
) -> None:
    client = visit(nick=fresh("anna"))
    client.emit(CHAT, name, *args)
    notice = client.wait_event("notice")
    assert faults(notice[0])[0] == fault
    assert notice[0]["text"] == notice[0]["errors"][0]["detail"]
    assert len(notice) == 1, "no string at the end: it would be an offset"


def test_what_goes_well_without_an_ack_is_no_notice(visit: Visit, room: Room, fresh) -> None:
    client = visit(room, nick=fresh("anna"))
    client.emit(CHAT, "post", {"room": room.name, "text": "hej"})
    client.wait_message("hej")
    assert not [event for event in client.events() if event[0] == "notice"]


def test_binary_is_refused(visit: Visit, room: Room, fresh) -> None:
    client = visit(room, nick=fresh("anna"))
    placeholder = '{"_placeholder":true,"num":0}'
    client.send(f'451-/chat,7["post",{{"room":"{room.name}","text":{placeholder}}}]')
    client.send(b"\x01\x02")
    assert faults(client.wait_ack(7)) == [(*INVALID, None)]
    client.send(f'451-/chat,8["post",{placeholder}]')
    client.send(b"\x01\x02")
    assert faults(client.wait_ack(8)) == [(*INVALID, None)]
    assert room.ids() == []


def test_a_client_without_a_nick_reads_and_does_not_write(visit: Visit, room: Room) -> None:
    said = room.say()
    client = visit()
    assert client.wait_event("ready")[0]["nick"] is None
    assert client.join(room)["messages"] == [said]
    for event, fields in (("post", {"text": "hej"}), ("typing", {})):
        answer = client.do(event, room=room.name, **fields)
        assert faults(answer) == [(422, "nick_required", "nick")]
    assert room.get().json["data"]["members"] == 0


HANDSHAKES = [
    ("a number for a nick", {"nick": 7}, (*INVALID, "nick")),
    ("an empty nick", {"nick": ""}, (*INVALID, "nick")),
    ("a nick too long", {"nick": "x" * 33}, (*INVALID, "nick")),
    ("a nick that hides", {"nick": "a\u202eb"}, (*INVALID, "nick")),
    ("a reserved nick", {"nick": "The-Owner"}, (403, "nick_reserved", "nick")),
    ("a bad token", {"token": "x"}, (401, "bad_token", None)),
    ("a number for a token", {"token": 7}, (*INVALID, "token")),
    ("a short secret", {"guest": "short"}, (*INVALID, "guest")),
    ("an unknown field", {"colour": "red"}, (*INVALID, "colour")),
]


@pytest.mark.parametrize(("auth", "fault"), [pytest.param(*h[1:], id=h[0]) for h in HANDSHAKES])
def test_a_wrong_handshake_is_a_connect_error(server: LiveServer, auth: Any, fault: tuple) -> None:
    with ChatClient(server) as client:
        client.send(f"40{CHAT},{json.dumps(auth)}")
        refusal = client.wait_packet(lambda packet: packet.namespace == CHAT)
        assert refusal.type == CONNECT_ERROR
        data = refusal.data["data"]
        assert faults({"errors": data["errors"]}) == [fault]
        assert (data["status"], data["code"], refusal.data["message"]) == (
            *fault[:2],
            data["errors"][0]["detail"],
        )


def test_an_expired_token_is_a_connect_error(visit: Visit, make_user: MakeToken, fresh) -> None:
    with pytest.raises(Refused) as refused:
        visit(token=make_user(fresh("late"), hours=-1))
    assert refused.value.data["data"]["code"] == "expired_token"


def test_someone_elses_message(visit: Visit, room: Room, fresh) -> None:
    room.say(guest=secret())
    client = visit(nick=fresh("anna"), guest=secret())
    for event, fields in (("edit", {"text": "mine"}), ("delete", {})):
        answer = client.do(event, room=room.name, id=1, **fields)
        assert faults(answer) == [(403, "forbidden", None)]
    assert room.page()["data"][0]["text"] == "hej"
