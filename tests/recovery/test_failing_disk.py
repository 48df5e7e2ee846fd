"""Reconnecting while the disk fails."""

import copy
import socket

import pytest

from tests.conftest import MakeServer
from tests.recovery.raw_clients import Wires, flood, names, recovered
from tests.recovery.rest_reader import Reader, received
from tests.recovery.scenario import World, disk_busy, without_table
from tests.support.node import NodeClients
from tests.support.wait import wait_until

WINDOW = 0.3
"""Hours for which a session can be resumed; the tests make it older than that."""


@pytest.fixture
def world(make_server: MakeServer) -> World:
    return World(make_server(entry="patient", recovery_hours=WINDOW))


def test_a_session_is_resumed_though_nothing_can_be_stored(world: World, wires: Wires) -> None:
    """The session is on disk already: resuming it needs no write."""
    room = world.room()
    client = wires.open()
    Reader(world, client).join(room)
    client.abort()
    missed = world.post(room)
    with disk_busy(world):
        back = wires.raw(client.memory)
        pid = client.memory.pid["/chat"]
        assert back.connect()["pid"] == pid
        assert back.wait_event("message")[0] == missed


def test_a_client_that_cannot_connect_retries_by_itself(
    make_server: MakeServer, node: NodeClients
) -> None:
    """The stock client would not retry after a CONNECT_ERROR."""
    world = World(make_server(entry="short_busy_timeout", recovery_hours=WINDOW))
    client = node.connect(world.server.url, auth={"nick": "back"})
    pid = client.state()["pid"]
    client.hold()
    client.cut()
    wait_until(lambda: 'namespace="/chat"} 0.0' in world.server.get("/metrics").body.decode())
    world.server.query("UPDATE sessions SET seen = '2026-01-01T00:00:00.000Z'")
    with disk_busy(world):
        since = client.mark()
        client.release()
        # The committer gives up after half a second, and the client is cut off.
        client.wait_for("disconnect", since=since)
    state = client.wait_for("connect", since=since)[0]
    assert state["pid"] != pid


def test_a_replay_that_fails_ends_the_connection(make_server: MakeServer) -> None:
    """A client that stayed connected would not know that it misses changes."""
    world = World(make_server(outbox_bytes=16_384))
    room, wires = world.room(), Wires(world.server)
    first = wires.open(nick="back")
    Reader(world, first).join(room)
    first.abort()
    flood(wires.open(nick="posts"), [room], 1600, "x" * 3900, in_flight=3)
    world.server.restart(kill=True)  # Or memory would know it all.
    cut = wires.raw(copy.deepcopy(first.memory))
    cut.socket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    cut.connect()
    cut.wait_event("message")
    with without_table(world, "messages"):
        cut.drain()
    assert "ready" not in names(cut)
    back = wires.raw(cut.memory)
    back.connect()
    back.wait_event("ready")
    assert recovered(first, back)
    assert received(cut) + received(back) == world.history(room)
    assert "unexpected" not in world.server.log
    wires.close()


@pytest.mark.parametrize("room", ["lobby", "none"], ids=["joined", "refused"])
def test_a_client_that_cannot_be_sent_what_follows_a_join_recovers_by_itself(
    make_server: MakeServer, node: NodeClients, room: str
) -> None:
    """It stayed connected, and was never sent anything again."""
    server = make_server(entry="failing_resume")
    client = node.connect(server.url, auth={"nick": "back"})
    since = client.mark()
    client.emit("join", {"room": room})
    client.wait_for("disconnect", since=since)
    client.wait_for("connect", since=since)
    assert "unexpected" not in server.log
