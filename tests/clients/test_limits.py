"""docs/clients.md: rate limits, failures of the disk, and refused messages."""

import json
from typing import Any

import pytest

from tests.clients.conftest import Start
from tests.clients.test_clients import KINDS, talk
from tests.conftest import MakeServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until

LINES = 60
"""More than are accepted at once, and than the rate limit allows while a browser types them."""
SECONDS = 180
"""How long it may take: beyond the first lines, each program waits until it may post another."""
LONG = "x" * 4001


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server with the default rate limits and a disk that fails each first attempt."""
    return make_server(rate_limits="on", entry="fail_first_attempt")


def stored(server: LiveServer) -> list[dict[str, Any]]:
    """Return the messages that were stored."""
    lines = server.get("/chat/rooms/lobby/export").body.splitlines()
    return [json.loads(line) for line in lines]


def test_all_lines_are_stored_once_and_in_order(server: LiveServer, start: Start) -> None:
    chatters = [start(kind, f"one-with-{kind}") for kind in KINDS]
    talk(chatters, "hej")
    for one in chatters:
        for number in range(LINES):
            one.send(f"{number}")
    for one in chatters:
        for other in chatters:
            other.wait_for_line(f"{one.nick}: {LINES - 1}", SECONDS)
    messages = stored(server)
    for one in chatters:
        _, *sent = [message["text"] for message in messages if message["nick"] == one.nick]
        assert sent == [f"{number}" for number in range(LINES)], one.nick
    lines = [f"{message['nick']}: {message['text']}" for message in messages]
    for kind, one in zip(KINDS, chatters, strict=True):
        # The Python client runs each event's handler in a thread of its own.
        shown = sorted if kind == "python" else list
        wait_until(lambda shown=shown, one=one: shown(one.lines) == shown(lines), SECONDS, one.nick)


def test_a_refused_message_is_reported_and_the_next_is_sent(
    server: LiveServer, start: Start
) -> None:
    chatters = [start(kind, f"one-with-{kind}") for kind in KINDS]
    for one in chatters:
        one.send(LONG)
        one.send("after")
    for one in chatters:
        one.wait_for_line(f"{one.nick}: after")
        wait_until(lambda one=one: "At most 4000" in one.errors, what=f"{one.nick} complaining")
    assert {message["text"] for message in stored(server)} == {"after"}
    assert len(stored(server)) == len(chatters)


def test_what_was_not_stored_is_sent_again(server: LiveServer, start: Start) -> None:
    chatters = [start(kind, f"one-with-{kind}") for kind in KINDS]
    for one in chatters:
        one.send(f"again, says {one.nick}")
    for one in chatters:
        one.wait_for_line(f"{one.nick}: again, says {one.nick}")
    assert len(stored(server)) == len(chatters)
