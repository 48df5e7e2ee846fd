"""The wire is cut at every byte between CONNECT and the end of the first live event."""

import copy

import pytest

from tests.recovery.raw_clients import Wires, names, recovered
from tests.recovery.rest_reader import Reader, check_order, received
from tests.recovery.scenario import Message, World
from tests.support.wire import Cut, WireClient


def test_cut_at_every_byte_of_the_replay(world: World, wires: Wires) -> None:
    rooms = [world.room(), world.room()]
    first = wires.open()
    Reader(world, first).join(*rooms)
    first.abort()
    missed = [world.post(room, "åäö") for room in rooms]
    whole = wires.again(first)
    assert names(whole) == ["CONNECT", "message", "message", "ready"]
    for cut in range(1, whole.packets[-1].end + 1):
        broken = wires.raw(copy.deepcopy(first.memory), read_limit=cut)
        read_until_cut(broken, connect=True)
        check(wires, broken, missed).abort()


def test_cut_at_every_byte_of_the_first_live_event(world: World, wires: Wires) -> None:
    room = world.room()
    client = wires.open()
    Reader(world, client).join(room)
    start = client.parsed
    world.post(room, "åäö")
    client.wait_event("message")
    for cut in range(1, client.parsed - start + 1):
        client.packets.clear()
        client.limit_reads(cut)
        posted = world.post(room, "åäö")
        read_until_cut(client)
        client = check(wires, client, [posted])


def read_until_cut(client: WireClient, *, connect: bool = False) -> None:
    """Read until the connection is cut."""
    with pytest.raises(Cut):
        if connect:
            client.connect()
        client.wait_event("nothing that ever comes")


def check(wires: Wires, broken: WireClient, missed: list[Message]) -> WireClient:
    """Reconnect after a cut; check that nothing is lost or duplicated."""
    back = wires.again(broken)
    assert recovered(broken, back) or broken.memory.pid == {}
    events = received(broken) + received(back)
    check_order(events)
    assert events == missed
    return back
