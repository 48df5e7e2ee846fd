"""The response to a message with a key contains the key, whatever the outcome."""

import json

import pytest

from tests.support.native import NativeClient, notice
from tests.support.server import LiveServer
from tests.websocket.conftest import Connect

REFUSED = {
    "an error of a command": ("/fly", "bad_command"),
    "nobody there": ("/msg nobody-at-all hej", "nobody_here"),
    "too long": ("x" * 4001, "too_long"),
    "much too long": ("x" * 200_000, "invalid"),
    "nothing to be seen": (" ", "invalid"),
    "no text": (None, "invalid"),
}
WITHOUT_KEY = {
    "not whole": '{"text": "/help", "key": "k"',
    "no string": '{"text": "/help", "key": 7}',
    "none": '{"text": "/fly"}',
    "null": '{"text": "/fly", "key": null}',
    "a text": "/fly",
    "binary": b'{"text": "/help", "key": "k"}',
}


def test_the_response_to_a_command_has_its_key(connect: Connect, nick: str) -> None:
    one, other = connect(f"/ws/chat?nick={nick}"), connect(f"/ws/chat?nick={nick}-other")
    # Its nick is its own once it is answered.
    other.say("/help")
    other.wait_body(lambda body: "/clients" in body.get("text", ""))
    one.say(f"/msg {nick}-other hej", key="k1")
    response = one.wait_body(lambda body: body.get("key") == "k1")
    assert response == notice(f"To {nick}-other: hej", key="k1")
    received = other.wait_body(lambda body: "hej" in body.get("text", ""))
    assert received == notice(f"{nick} to you: hej")
    one.say("/help")
    assert "key" not in one.wait_body(lambda body: "/clients" in body.get("text", ""))


@pytest.mark.parametrize("what", REFUSED)
def test_an_error_has_the_key(connect: Connect, nick: str, what: str) -> None:
    text, code = REFUSED[what]
    client = connect(f"/ws/chat?nick={nick}")
    client.send(json.dumps({"text": text, "key": "k"}))
    body = client.wait_body(lambda body: "errors" in body)
    assert (body["errors"][0]["code"], body["key"]) == (code, "k")


def test_an_invalid_key_is_returned_too(connect: Connect, nick: str) -> None:
    client = connect(f"/ws/chat?nick={nick}")
    for key in ("", "x" * 129):
        client.say("hej", key=key)
        body = client.wait_body(lambda body, key=key: body.get("key") == key)
        assert [error["source"] for error in body["errors"]] == ["key"]


@pytest.mark.parametrize("what", WITHOUT_KEY)
def test_without_a_key_none_is_returned(connect: Connect, nick: str, what: str) -> None:
    client = connect(f"/ws/chat?nick={nick}")
    client.send(WITHOUT_KEY[what])
    assert "key" not in client.wait_body(lambda body: "errors" in body)


def test_messages_over_the_rate_limit_are_identified_by_their_keys(make_server) -> None:
    server: LiveServer = make_server(rate_limits="on")
    client = NativeClient(server, "/ws/chat?nick=mos")
    keys = [f"{number}" for number in range(40)]
    for key in keys:
        client.say(key, key=key)
    responses = [client.wait_body(lambda body, key=key: body.get("key") == key) for key in keys]
    limited = [response for response in responses if "errors" in response]
    assert 0 < len(limited) <= 10
    assert {response["errors"][0]["code"] for response in limited} == {"rate_limited"}
    assert all(response["retry_after"] >= 1 for response in limited)
    client.abort()


@pytest.mark.parametrize("frame", ["{", b"{}"])
def test_a_flood_of_invalid_messages_is_limited_too(make_server, frame: str | bytes) -> None:
    server: LiveServer = make_server(rate_limits="on")
    client = NativeClient(server, "/ws/chat?nick=mos")
    for _ in range(40):
        client.send(frame)
    client.wait_body(lambda body: body["errors"][0]["code"] == "rate_limited")
    client.abort()
