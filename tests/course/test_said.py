"""The payloads of the course's namespace that are accepted, and where text and nick are."""

import json
from typing import Any

import pytest

from tests.chat.clients import secret
from tests.course.conftest import (
    LOBBY,
    Connect,
    history,
    received,
    say,
    wait_received,
)
from tests.support.packets import ACK, EVENT
from tests.support.server import LiveServer

SAY = "chat message"


@pytest.fixture
def server(shared_server: LiveServer) -> LiveServer:
    """Return one server for all tests: each reads only what it has posted itself."""
    return shared_server


@pytest.mark.parametrize(
    "payload",
    [
        "hej åäö <b>&amp;</b>",
        '{"name": "mos", "message": "hej"}',
        {"name": "mos", "message": "<i>hej</i>", "time": "12:00", "color": [1, 2.5, None, True]},
        {"time": None, "text": "hej", "deep": {"er": [{}]}},
        {"user": {"name": "mos"}, "msg": {"text": "hej"}, "time": 1},
        {"name": "mos", "message": "", "time": ""},
        {"body": 42, "time": 0},
    ],
)
def test_it_comes_back_and_is_stored_as_it_is(
    server: LiveServer, connect: Connect, payload: Any
) -> None:
    """F62: its own message comes back to a client as it was, whatever others are sent."""
    sender, other, api = connect(), connect(), connect("/chat")
    assert say(other, {}) == {"data": None}
    message = say(sender, payload)["data"]
    wait_received(sender, payload)
    assert received(sender) == [payload]
    (whole,) = other.wait_event(SAY)
    if isinstance(payload, dict):
        assert whole.items() >= {k: v for k, v in payload.items() if v not in (None, "")}.items()
    else:
        assert whole["message"] == message["text"]
    assert api.wait_event("message")[0] == message == history(server)[-1]
    assert message["payload"] == payload
    assert server.get("/chat").json["data"][-1] == payload


def test_an_object_without_a_time_gets_one(server: LiveServer, connect: Connect) -> None:
    sender, other = connect(), connect()
    say(other, {})
    message = say(sender, {"name": "mos", "message": "hej"})["data"]
    stamped = {"name": "mos", "message": "hej", "time": message["time"]}
    wait_received(sender, stamped)
    assert other.wait_event(SAY)[0].items() >= stamped.items()
    assert message["payload"] == stamped
    assert message["time"].endswith("Z")


@pytest.mark.parametrize("args", [(), ("",), ("  \n",), (None,), ({},), ({"time": "now"},)])
@pytest.mark.parametrize("empty", [{"message": "", "name": " "}, {"text": None, "user": {}}])
def test_what_is_empty_is_ignored(
    server: LiveServer, connect: Connect, args: tuple[Any, ...], empty: Any
) -> None:
    sender, other = connect(), connect()
    say(other, "")
    before = say(sender, "before")["data"]["id"]
    for given in (args, (empty,)):
        assert sender.call("/", SAY, *given) == {"data": None}
    assert say(sender, "after")["data"]["id"] == before + 1
    wait_received(other, "guest: after")
    assert received(other) == ["guest: before", "guest: after"]
    assert received(sender) == ["before", "after"]


@pytest.mark.parametrize("text", ["message", "text", "msg", "body"])
@pytest.mark.parametrize("name", ["name", "user", "nick", "username", "sender"])
def test_text_and_nick_are_found(connect: Connect, text: str, name: str) -> None:
    message = say(connect(), {text: "hej", name: "mos", "other": "x"})["data"]
    assert (message["text"], message["nick"], message["verified"]) == ("hej", "mos", False)


@pytest.mark.parametrize(
    ("payload", "text", "nick"),
    [
        ({"message": 42, "name": 7}, "42", "7"),
        ({"message": 0}, "0", "guest"),
        ({"msg": [1, {"a": "å"}], "name": ["mos"]}, '[1,{"a":"å"}]', "guest"),
        ({"text": True, "user": {"sender": "mos"}}, "true", "mos"),
        ({"message": {"a": {}}, "text": " "}, '{"a":{}}', "guest"),
        ({"message": [1], "body": "hej", "name": " "}, "hej", "guest"),
    ],
)
def test_what_is_no_text_counts_as_it_is_written(
    connect: Connect, payload: dict[str, Any], text: str, nick: str
) -> None:
    client = connect()
    message = say(client, payload)["data"]
    assert (message["text"], message["nick"]) == (text, nick)
    assert message["payload"] == {**payload, "time": message["time"]}


@pytest.mark.parametrize("empty", [{"message": []}, {"text": False, "name": []}, {"msg": {}}])
def test_what_is_empty_is_no_text(connect: Connect, empty: Any) -> None:
    assert say(connect(), empty) == {"data": None}


def test_the_json_of_a_message_stays_a_string_and_is_read(
    server: LiveServer, connect: Connect
) -> None:
    mine = secret()
    sender, written = connect(name="mos", guest=mine), '{ "name": "doe", "msg": "hej" }'
    message = say(sender, written)["data"]
    wait_received(sender, written)
    assert (message["payload"], message["text"], message["nick"]) == (written, "hej", "doe")
    edited = server.patch(f"{LOBBY}/{message['id']}", {"text": "då"}, guest=mine).json["data"]
    assert (edited["text"], json.loads(edited["payload"])) == ("då", {"name": "doe", "msg": "då"})


@pytest.mark.parametrize(
    "written", ["{", '{"a": 1}', '{"name": "doe"}', '["hej"]', '{"text": ""}', '{"a":' * 300]
)
def test_other_json_is_only_a_text(connect: Connect, written: str) -> None:
    message = say(connect(name="mos"), written)["data"]
    assert (message["payload"], message["text"], message["nick"]) == (written, written, "mos")


def test_a_nick_is_made_fit_and_the_payload_is_not_touched(connect: Connect) -> None:
    name = "mos\u202e\n" + "x" * 40
    message = say(connect(), {"name": name, "message": "hej", "time": ""})["data"]
    assert message["nick"] == "mos" + "x" * 29
    assert message["payload"]["name"] == name


@pytest.mark.parametrize("auth", [{}, {"nick": "\u200b"}, {"nick": ["mos"]}])
def test_without_a_nick_it_is_a_guest_s(connect: Connect, auth: dict[str, Any]) -> None:
    assert say(connect(**auth), "hej")["data"]["nick"] == "guest"


@pytest.mark.parametrize("auth", [{"nick": "mos"}, {"username": "mos", "course": {"a": 1}}])
def test_the_handshake_s_nick_is_used_where_there_is_no_other(
    connect: Connect, auth: dict[str, Any]
) -> None:
    client = connect(**auth)
    assert say(client, "hej")["data"]["nick"] == "mos"
    assert say(client, {"name": "doe", "msg": "hej"})["data"]["nick"] == "doe"


@pytest.mark.parametrize("token", ["my-token", 7, "x" * 5000, {"a": 1}])
def test_a_foreign_token_is_ignored_with_a_notice(connect: Connect, token: Any) -> None:
    """F65: front ends send the tokens of servers of their own."""
    client = connect(token=token, nick="mos")
    assert "token" in client.wait_event("notice")[0]["text"]
    message = say(client, "hej")["data"]
    assert (message["nick"], message["verified"]) == ("mos", False)


def test_a_slash_that_is_escaped_by_a_backslash_is_no_nul(connect: Connect) -> None:
    client = connect()
    assert say(client, "\\u0000")["data"]["text"] == "\\u0000"


def test_the_first_argument_counts(connect: Connect) -> None:
    """F65: `emit("chat message", name, text)` was refused."""
    client = connect()
    assert client.call("/", SAY, "mos", "hej", {"a": 1})["data"]["text"] == "mos"


def test_every_event_but_what_was_said_ends_in_an_object(connect: Connect) -> None:
    client = connect()
    client.emit("/", "nothing")
    client.emit("/", SAY, "/help")
    client.emit("/", "history")
    say(client, "hej")
    wait_received(client, "hej")
    client.wait_event("history")
    for packet in client.packets:
        if packet.type in (EVENT, ACK) and packet.data[0] != SAY:
            assert not isinstance(packet.data[-1], str)
