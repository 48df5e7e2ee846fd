"""Rules 1 to 3 of recovery, on the wire: order of packets, start of replay, switch to live."""

import threading

import pytest

from tests.conftest import MakeServer
from tests.recovery.raw_clients import Wires, flood, names, ready, recovered
from tests.recovery.rest_reader import Reader, check_order, received
from tests.recovery.scenario import World, disk_busy, save
from tests.support.packets import CONNECT, CONNECT_ERROR
from tests.support.wire import Refused


def test_rule_1_connect_then_replay_then_ready_then_live(world: World, wires: Wires) -> None:
    rooms = [world.room(), world.room()]
    first = wires.open(nick="rule1")
    Reader(world, first).join(*rooms)
    first.abort()
    world.stir(*rooms)
    second = wires.again(first, nick="rule1")
    last = world.post(rooms[0])
    second.wait_event("message", lambda m, _: m == last)
    middle = names(second).index("ready")
    assert names(second)[: middle + 1] == ["CONNECT", *["message"] * (middle - 1), "ready"]
    assert middle > 6
    replayed = received(second)[: middle - 1]
    assert {message["room"] for message in replayed} == set(rooms)
    check_order(received(second))
    assert replayed[-1]["rev"] <= ready(second)["rev"] < last["rev"]


def test_rule_1_refused_before_connect(world: World, wires: Wires) -> None:
    wires.open(nick="taken")
    with wires.raw() as client:
        for auth, code in (
            ({"token": "nonsense"}, "bad_token"),
            ({"nick": "taken"}, "nick_taken"),
            ({"nick": 1}, "invalid"),
        ):
            with pytest.raises(Refused) as refused:
                client.connect(auth=auth)
            assert refused.value.data["data"]["code"] == code
        assert [packet.type for packet in client.packets] == [CONNECT_ERROR] * 3
        assert client.connect(auth={"nick": "free"})["pid"]


def test_rule_1_session_on_disk_before_connect(world: World, wires: Wires) -> None:
    """There is no CONNECT while the disk is busy: a crash could lose its pid."""
    client = wires.raw()
    with disk_busy(world):
        client.start_connect()
        with pytest.raises(Refused):
            client.connect("/nowhere")
        assert names(client) == []
    client.wait_packet(lambda p: p.namespace == "/chat" and p.type == CONNECT)
    world.server.restart(kill=True)
    assert recovered(client, wires.again(client))


def test_rule_2_from_the_offset(world: World, wires: Wires) -> None:
    room = world.room()
    first = wires.open()
    Reader(world, first).join(room)
    seen, missed = world.post(room), world.post(room)
    first.wait_event("message", lambda m, _: m == missed)
    first.memory.offset["/chat"] = str(seen["rev"])
    assert received(wires.again(first)) == [missed]


def test_rule_2_from_the_start_of_the_session(world: World, wires: Wires) -> None:
    """A client that never received an event is sent what came after it connected."""
    save(world, 1)
    first = wires.raw()
    first.connect("/reports")
    first.wait_event("ready")
    save(world, 2)
    first.abort()
    first.memory.offset.clear()
    second = wires.raw(first.memory)
    second.connect("/reports")
    second.wait_event("ready")
    assert [report["week"] for report in received(second, event="report")] == [2]


def test_rule_2_from_where_the_room_was_joined(world: World, wires: Wires) -> None:
    early, late = world.room(), world.room()
    first = wires.open()
    reader = Reader(world, first)
    reader.join(early)
    seen = world.post(early)
    first.wait_event("message", lambda m, _: m == seen)
    world.stir(late)
    reader.join(late)
    missed = [world.post(late), world.post(early)]
    first.abort()
    assert received(wires.again(first)) == missed


def test_rule_2_joining_again_loses_nothing(world: World, wires: Wires) -> None:
    """What was in flight when a room was joined again is replayed: it may not have arrived."""
    room = world.room()
    old = world.post(room)
    world.stir(room)
    first = wires.open()
    Reader(world, first).join(room)
    edited = world.edit(old, "on its way when the connection is cut")
    first.emit("/chat", "join", {"room": room, "limit": 1}, ack_id=7)
    world.server.get("/")  # It is answered after the join began.
    watcher = wires.open()
    Reader(world, watcher).join(room)
    first.abort()
    assert received(wires.again(first)) == [edited]


def test_rule_3_no_gap_and_no_duplicate_at_the_switch(world: World, wires: Wires) -> None:
    rooms = [world.room(), world.room()]
    reader = Reader(world, wires.open())
    reader.join(*rooms)
    events = []
    with wires.open(nick="posts") as poster:
        posting = threading.Thread(target=flood, args=(poster, rooms, 3000, "hej"))
        posting.start()
        # Not until the thread has ended: the last message arrives before it is acknowledged.
        while len(events) < 3000:
            reader.client.wait_event("message")
            reader.client.abort()
            events += received(reader.client)
            reader.client = wires.again(reader.client)
            assert set(ready(reader.client)["rooms"]) == set(rooms)
        posting.join()
    last = world.post(rooms[0])
    reader.client.wait_event("message", lambda m, _: m == last)
    events += received(reader.client)
    check_order(events)
    assert len(events) == 3001


def test_rule_3_a_node_behind_the_offset_first_catches_up(
    world: World, wires: Wires, make_server: MakeServer
) -> None:
    here, settings = world.server, world.server.settings
    shared = {name: settings[name] for name in ("database_url", "jwt_secret")}
    there = make_server(entry="second_server", **shared)
    client, room = wires.open(), world.room()
    Reader(world, client).join(room)
    for server in (there, here) * 3:
        last = world.post(room)
        client.wait_event("message", lambda m, _, last=last: m == last)
        client.abort()
        old, client = client, wires.open(client.memory, server)
        assert recovered(old, client)
        world.post(room, "for the next connection")
