"""Clients that use the npm package ws, unmodified, with several lists of subprotocols."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.events import EventLog
from tests.support.node_process import NodeProcess
from tests.support.server import LiveServer


class Program(EventLog):
    """A Node.js program that uses ws; its output is recorded as events."""

    def __init__(self, url: str, *protocols: str) -> None:
        super().__init__("ws client")
        process = NodeProcess("native.mjs", url, *protocols, receive=self._received)
        self.send = process.send
        """Pass a line to the program, which sends it as a message."""
        self.end = process.kill

    def wait_message(self, expected: Any) -> None:
        """Wait until the program has received this message."""
        self.wait_for("message", lambda message: message == expected)

    def _received(self, event: list[Any]) -> None:
        name, *args = event
        self.record(name, args)


Run = Callable[..., Program]


@pytest.fixture
def run(server: LiveServer) -> Iterator[Run]:
    """Return a function that starts a program connected to the server."""
    with ExitStack() as stack:

        def start(path: str, *protocols: str) -> Program:
            program = Program(server.url.replace("http", "ws") + path, *protocols)
            stack.callback(program.end)
            return program

        yield start


@pytest.mark.parametrize(
    ("protocols", "chosen"),
    [
        ([], ""),
        (["echo-protocol"], "echo-protocol"),
        (["soap", "echo-protocol", "json"], "echo-protocol"),
    ],
)
def test_the_echo(run: Run, protocols: list[str], chosen: str) -> None:
    program = run("/ws", *protocols)
    assert program.wait_for("open") == [chosen]
    program.send("hej åäö")
    program.wait_message("hej åäö")
    program.send("BINARY")
    program.wait_message([0, 1, 255])
    program.send("FRAGMENTS")
    program.wait_message("fragments")
    program.send("CLOSE")
    assert program.wait_for("close") == [4001, ""]


def test_the_broadcast(run: Run) -> None:
    one, other = run("/ws", "broadcast-protocol"), run("/ws/broadcast")
    for program in (one, other):
        program.wait_for("open")
    one.send("hej")
    other.wait_message("hej")


def test_the_chat(run: Run, nick: str) -> None:
    lines, objects = run(f"/ws?nick={nick}", "text", "json"), run(f"/ws?nick={nick}2", "json")
    assert lines.wait_for("open") == ["text"]
    assert objects.wait_for("open") == ["json"]
    lines.send("hej")
    objects.wait_for("message", lambda message: json.loads(message).get("data") == "hej")
    objects.send(json.dumps({"data": "hej hej"}))
    lines.wait_message(f"{nick}2: hej hej")


def test_a_refused_handshake(run: Run) -> None:
    assert run("/ws", "soap").wait_for("refused") == [400]
    assert run("/ws/chat?room=nowhere", "json").wait_for("refused") == [404]


def test_pings_are_answered_and_a_shutdown_closes_as_going_away(make_server) -> None:
    server: LiveServer = make_server(ping_interval=0.2, ping_timeout=30)
    program = Program(server.url.replace("http", "ws") + "/ws")
    with ExitStack() as stack:
        stack.callback(program.end)
        program.wait_for("open")
        for _ in range(2):
            since = program.mark()
            program.wait_for("ping", since=since)
        server.stop()
        assert program.wait_for("close") == [1001, ""]
