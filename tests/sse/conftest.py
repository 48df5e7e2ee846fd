"""A shared server for all tests that need no other settings, and clients of its streams."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.recovery.conftest import shared_world, wires, world
from tests.recovery.scenario import World
from tests.support.fixtures import app, template
from tests.support.server import LiveServer
from tests.support.sse import EventStream

__all__ = ["app", "shared_world", "template", "wires", "world"]

Open = Callable[..., EventStream]


@pytest.fixture
def connect() -> Iterator[Open]:
    """Open streams of any server, and close them after the test."""
    streams: list[EventStream] = []

    def make(server: LiveServer, path: str, **options: Any) -> EventStream:
        streams.append(EventStream(server.host, server.port, path, **options))
        return streams[-1]

    yield make
    for stream in streams:
        stream.close()


@pytest.fixture
def follow(world: World, connect: Open) -> Open:
    """Open streams of the shared server."""

    def make(path: str, **options: Any) -> EventStream:
        stream = connect(world.server, path, **options)
        assert stream.status == 200, stream.body
        return stream

    return make


@pytest.fixture
def small_buffer(make_server: MakeServer) -> World:
    """Start a server with a small write buffer per client."""
    return World(make_server(outbox_bytes=65_536))


def room_stream(room: str) -> str:
    """Return the path of a room's stream."""
    return f"/chat/rooms/{room}/stream"


def counted(server: LiveServer, name: str) -> int:
    """Return the value of a metric of the server."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", server.get("/metrics").body.decode(), re.M)
    assert found, name
    return int(float(found[1]))
