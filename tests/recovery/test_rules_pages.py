"""Rule 7 of recovery: replay in pages; and which events end with an offset."""

import socket

import pytest

from tests.conftest import MakeServer
from tests.recovery.raw_clients import Wires, flood, names, ready
from tests.recovery.rest_reader import Reader, check_order, received
from tests.recovery.scenario import World, save
from tests.support.node import NodeClients
from tests.support.packets import EVENT
from tests.support.wire import WireClient

LOG_EVENTS = {"message", "report", "ready"}
"""Events whose last argument is a position; that of all others is an object."""


@pytest.fixture
def small(make_server: MakeServer) -> World:
    return World(make_server(outbox_bytes=16_384))


@pytest.mark.parametrize("source", ["memory", "database"])
def test_rule_7_replay_is_paged_as_the_write_buffer_drains(small: World, source: str) -> None:
    """More than the network and the write buffer can hold, to a client that does not read."""
    rooms = [small.room(), small.room()]
    wires = Wires(small.server)
    first = wires.open(nick="slow")
    Reader(small, first).join(*rooms)
    first.abort()
    poster = wires.open(nick="posts")
    flood(poster, rooms, 1600, "x" * 3900, in_flight=3)
    if source == "database":
        small.server.restart(kill=True)
        poster = wires.open(nick="posts")
    slow = wires.raw(first.memory)
    slow.socket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    slow.start_connect(auth={"nick": "slow"})
    watcher = wires.open()
    Reader(small, watcher).join(*rooms)
    flood(poster, rooms, 100, "live " * 700, first=1600, in_flight=3)
    watcher.wait_event("message", lambda m, _: m["text"].startswith("1699 "))
    slow.wait_event("ready")
    last = small.post(rooms[0])
    slow.wait_event("message", lambda m, _: m == last)
    check_order(received(slow))
    assert len(received(slow)) == 1701
    assert set(ready(slow)["rooms"]) == set(rooms)
    wires.close()


def test_rule_7_a_connection_cut_during_the_replay(world: World, wires: Wires) -> None:
    """Only what did not arrive before the cut is replayed again."""
    room = world.room()
    client = wires.open()
    Reader(world, client).join(room)
    client.abort()
    poster = wires.open(nick="posts")
    flood(poster, [room], 1500, "x" * 200)
    events, cuts = [], 0
    while True:
        client = wires.raw(client.memory, read_limit=50_000)
        try:
            client.connect()
            client.wait_event("ready")
            break
        except ConnectionError:
            cuts += 1
        finally:
            events += received(client)
    assert cuts > 3
    check_order(events)
    assert events == world.history(room)


def test_only_log_events_end_in_a_string(world: World, wires: Wires, node: NodeClients) -> None:
    room = world.room()
    client = wires.open(nick="all")
    reports = wires.raw()
    reports.connect("/reports")
    Reader(world, client).join(room)
    other = wires.open(nick="other")
    Reader(world, other).join(room)
    client.wait_event("joined")
    other.call("/chat", "typing", {"room": room})
    client.wait_event("typing")
    other.call("/chat", "leave", {"room": room})
    client.wait_event("left")
    client.emit("/chat", "nonsense", {})
    client.wait_event("notice")
    last = world.post(room)
    client.wait_event("message", lambda m, _: m == last)
    save(world, 7)
    reports.wait_event("report")
    reports.emit("/reports", "nonsense", {})
    reports.wait_event("notice")
    world.server.process.terminate()
    client.wait_event("closing")
    reports.wait_event("closing")
    world.server.wait()
    check_trailing(client, {"ready", "joined", "typing", "left", "notice", "message", "closing"})
    check_trailing(reports, {"ready", "notice", "report", "closing"})


def check_trailing(client: WireClient, expected: set[str]) -> None:
    """Check which events end with a position; the others end with an object."""
    events = [packet.data for packet in client.packets if packet.type == EVENT]
    assert {event[0] for event in events} == expected, names(client)
    for name, *args in events:
        if name in LOG_EVENTS:
            assert isinstance(args[-1], str) and args[-1].isdigit(), (name, args)
            assert args[-1] == str(args[0]["rev"])
        else:
            assert isinstance(args[-1], dict), (name, args)
