"""Plain text under the subprotocol `json`, which the pages of the course send."""

import pytest

from tests.support.native import notice
from tests.websocket.conftest import Connect

PLAIN = {
    "hej åäö": "hej åäö",
    '"hej"': "hej",
    ' "två\\nrader" ': "två\nrader",
    '"hej", said he': '"hej", said he',
    '"{\\"text\\": 1}"': '{"text": 1}',
    "42": "42",
    "null": "null",
    "[1, {}] ": "[1, {}] ",
    "a {": "a {",
}


@pytest.mark.parametrize("frame", PLAIN)
def test_a_message_that_is_no_object_is_posted_as_text(
    connect: Connect, nick: str, frame: str
) -> None:
    client = connect(f"/ws/chat?nick={nick}", "json")
    client.send(frame)
    message = client.wait_body(lambda body: body.get("nick") == nick and "text" in body)
    assert message["text"] == PLAIN[frame]


def test_commands_in_plain_text_are_executed(connect: Connect, nick: str) -> None:
    client = connect("/ws/chat", "json")
    client.send(f"/join {nick}")
    client.wait_body(lambda body: body == notice(f"You are {nick} now."))
    client.send("/clients")
    client.wait_body(lambda body: body.get("event") == "notice" and " in lobby: " in body["text"])
