"""The payloads and events of the course's namespace that are refused, and how that is answered."""

import json
from typing import Any

import pytest

from tests.chat.clients import make_token
from tests.course.conftest import (
    Connect,
    is_of_server,
    received,
    said,
    say,
    wait_received,
)
from tests.support.server import LiveServer

SAY = "chat message"
BINARY = {"_placeholder": True, "num": 0}


@pytest.fixture
def server(shared_server: LiveServer) -> LiveServer:
    """Return one server for all tests: each reads only what it has posted itself."""
    return shared_server


@pytest.mark.parametrize("depth", [100, 101])
def test_how_deep_is_told(connect: Connect, depth: int) -> None:
    deep: Any = "hej"
    for _ in range(depth):
        deep = {"a": deep}
    assert ("data" in say(connect(), {"name": "mos", **deep})) == (depth == 100)


def test_nul_is_refused_in_json_too(connect: Connect) -> None:
    written = json.dumps({"text": "a\0b"})
    assert say(connect(), written)["errors"][0]["code"] == "invalid"


def test_an_expired_token_is_refused(server: LiveServer, connect: Connect) -> None:
    with pytest.raises(ConnectionError, match="expired_token"):
        connect(token=make_token(server, "late", hours=-1))


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (1, "invalid"),
        (["hej"], "invalid"),
        (True, "invalid"),
        ("x" * 4001, "too_long"),
        ({"message": "hej", "more": "x" * 8000}, "too_long"),
        ({"message": "a\0b"}, "invalid"),
        ({"message": "hej", "more": {"a\0b": 1}}, "invalid"),
        ("a\0b", "invalid"),
    ],
)
def test_what_cannot_be_said_is_answered(connect: Connect, payload: Any, code: str) -> None:
    client = connect()
    (error,) = say(client, payload)["errors"]
    assert (error["status"], error["code"]) == (422, code)
    client.emit("/", SAY, payload)
    notice = client.wait_event("notice")
    assert [problem["code"] for problem in notice[-1]["errors"]] == [code]
    say(client, "hej")
    wait_received(client, "hej")
    assert said(client) == ["hej"]
    answers = [payload for payload in received(client) if is_of_server(payload)]
    assert len(answers) == 2
    assert all(error["detail"] in str(answer) for answer in answers)


@pytest.mark.parametrize("beside", [{"message": "deep"}, {"name": "mos"}, {}])
@pytest.mark.parametrize("place", ["a", "message"])
@pytest.mark.parametrize("depth", [90, 101, 300, 900])
def test_nesting_is_bounded(
    connect: Connect, depth: int, place: str, beside: dict[str, Any]
) -> None:
    client = connect()
    deep: Any = 1
    for _ in range(depth):
        deep = {"a": deep}
    answer = say(client, {**beside, "time": 0, place: deep})
    if depth < 100:
        assert "data" in answer
    else:
        (error,) = answer["errors"]
        assert (error["status"], error["code"]) == (422, "invalid")
    say(client, "hej")
    wait_received(client, "hej")


@pytest.mark.parametrize("place", ["message", "body", "name", "time"])
@pytest.mark.parametrize("beside", [{}, {"name": "mos"}, {"text": "hej"}])
def test_binary_data_is_refused_wherever_it_stands(
    connect: Connect, place: str, beside: dict[str, Any]
) -> None:
    client = connect()
    for inside in (BINARY, {"text": BINARY}, [BINARY]):
        packet = json.dumps(["chat message", {**beside, place: inside}])
        client.send(f"451-7{packet}")
        client.send(b"\x00\x01")
        (error,) = client.wait_ack(7)["errors"]
        assert (error["status"], error["code"]) == (422, "invalid")
        client.packets.clear()
    assert say(client, "still here")["data"]


def test_binary_and_unknown_events_are_answered(connect: Connect) -> None:
    client = connect()
    client.send("4" + '51-7["chat message",{"_placeholder":true,"num":0}]')
    client.send(b"\x00\x01")
    assert client.wait_ack(7)["errors"][0]["code"] == "invalid"
    for args in ([], [{}], ["hej", 1]):
        assert client.call("/", "new user", *args)["errors"][0]["code"] == "unknown_event"
    client.emit("/", "disconnecting", "bye")
    assert client.wait_event("notice")[0]["errors"][0]["code"] == "unknown_event"
    assert say(client, "still here")["data"]
