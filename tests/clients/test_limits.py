"""docs/clients.md: what is typed faster than it is taken, what fails, and what is refused."""

import json
from typing import Any

import pytest

from tests.clients.conftest import Start
from tests.clients.test_clients import KINDS, talk
from tests.conftest import MakeServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until

LINES = 60
"""More than are taken at once, and than anybody may send while a browser types them."""
SECONDS = 60
LONG = "x" * 4001


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server that limits its clients, as it does by default, on a disk that may fail."""
    return make_server(measured=False, rate_limits="on", entry="second_time")


def stored(server: LiveServer) -> list[dict[str, Any]]:
    """Read what was stored."""
    lines = server.get("/chat/rooms/lobby/export").body.splitlines()
    return [json.loads(line) for line in lines]


def test_all_of_it_is_stored_once_and_in_order(server: LiveServer, start: Start) -> None:
    chatters = [start(kind, f"one-with-{kind}") for kind in KINDS]
    talk(chatters, "hej")
    for one in chatters:
        for number in range(LINES):
            one.say(f"{number}")
    for one in chatters:
        for other in chatters:
            other.hear(f"{one.nick}: {LINES - 1}", SECONDS)
    messages = stored(server)
    for one in chatters:
        _, *said = [message["text"] for message in messages if message["nick"] == one.nick]
        assert said == [f"{number}" for number in range(LINES)], one.nick
    lines = [f"{message['nick']}: {message['text']}" for message in messages]
    for kind, one in zip(KINDS, chatters, strict=True):
        # The Python client runs each event's handler in a thread of its own.
        shown = sorted if kind == "python" else list
        wait_until(lambda shown=shown, one=one: shown(one.lines) == shown(lines), SECONDS, one.nick)


def test_what_is_refused_is_told_and_the_next_goes_on(server: LiveServer, start: Start) -> None:
    chatters = [start(kind, f"one-with-{kind}") for kind in KINDS]
    for one in chatters:
        one.say(LONG)
        one.say("after")
    for one in chatters:
        one.hear(f"{one.nick}: after")
        wait_until(lambda one=one: "At most 4000" in one.complaints, what=f"{one.nick} complaining")
    assert {message["text"] for message in stored(server)} == {"after"}
    assert len(stored(server)) == len(chatters)


def test_what_was_not_stored_is_sent_again(server: LiveServer, start: Start) -> None:
    chatters = [start(kind, f"one-with-{kind}") for kind in KINDS]
    for one in chatters:
        one.say(f"again, says {one.nick}")
    for one in chatters:
        one.hear(f"{one.nick}: again, says {one.nick}")
    assert len(stored(server)) == len(chatters)
