"""While changes are broadcast to the subscribers, no other greenlet runs."""

from collections.abc import Iterator

import pytest

from tests.conftest import MakeServer
from tests.recovery.raw_clients import Wires
from tests.recovery.scenario import World
from tests.support.native import NativeClient
from tests.support.sse import EventStream
from tests.support.wait import wait_until

POSTS = 20


@pytest.fixture
def world(make_server: MakeServer) -> World:
    return World(make_server(entry="traced_broadcast"))


@pytest.fixture
def streams(world: World) -> Iterator[list[EventStream]]:
    """Open streams of everything and of a room: those of guests leave closed rooms out."""
    server = world.server
    paths = ["/stream", "/stream?since=0", "/chat/rooms/lobby/stream", "/reports/stream"]
    opened = [EventStream(server.host, server.port, path) for path in paths]
    yield opened
    for stream in opened:
        stream.close()


def test_nothing_switches_while_changes_are_broadcast(
    world: World, wires: Wires, streams: list[EventStream]
) -> None:
    server, room = world.server, world.room()
    reader = wires.open(nick="reads")
    for name in (room, "lobby"):
        reader.call("/chat", "join", {"room": name})
    native = NativeClient(server, "/ws/chat?room=lobby&nick=native", "json")
    try:
        for number in range(POSTS):
            world.post(room, str(number))
            world.post("lobby", str(number))
        last = world.post("lobby", "the end")
        reader.wait_event("message", lambda message, rev: message == last)
        for stream in streams[:3]:
            stream.wait(lambda message: message == last)
    finally:
        native.abort()
    wait_until(lambda: server.log.count("BROADCAST") > 2 * POSTS)
    assert "SWITCHED" not in server.log
