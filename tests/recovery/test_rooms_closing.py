"""Rule 5 of recovery, at the moment in which a room is closed to guests."""

import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.recovery.raw_clients import Wires, flood, ready
from tests.recovery.rest_reader import Reader, received
from tests.recovery.scenario import World, disk_busy
from tests.support.packets import CONNECT
from tests.support.wire import Refused, WireClient


@pytest.mark.parametrize("closing", ["before", "after"])
@pytest.mark.parametrize("how", ["comes back", "joins"])
def test_rule_5_a_room_closed_at_that_moment(
    world: World, wires: Wires, how: str, closing: str
) -> None:
    """The room is closed while the session of a client that reconnects or joins is stored."""
    kept, closed = world.room(), world.room()
    client = wires.open()
    Reader(world, client).join(*([kept, closed] if how == "comes back" else [kept]))
    if how == "comes back":
        client = wires.raw(client.memory)
    with ThreadPoolExecutor() as pool, disk_busy(world):
        steps = [partial(arrive, client, closed, how), partial(close, pool, world, closed)]
        for step in steps if closing == "after" else reversed(steps):
            step()
    client.wait_event("ready") if how == "comes back" else client.wait_ack(7)
    world.post(closed)
    last = world.post(kept)
    client.wait_event("message", lambda m, _: m == last)
    assert received(client) == [last]


def arrive(client: WireClient, room: str, how: str) -> None:
    """Reconnect or join; when this returns, the server waits for the disk."""
    if how == "comes back":
        client.start_connect(auth={"nick": room[:20]})  # The nick is new: it is stored.
    else:
        client.emit("/chat", "join", {"room": room}, ack_id=7)
    with pytest.raises(Refused):
        client.connect("/nowhere")


def close(pool: ThreadPoolExecutor, world: World, room: str) -> None:
    """Close a room; when this returns, the server most likely waits for the disk."""
    pool.submit(world.set_guests, room, "none")
    for _ in range(5):
        assert world.server.get("/chat/rooms").status == 200


def test_rule_5_a_room_closed_during_its_replay(world: World, wires: Wires) -> None:
    """More than the network holds is replayed to a client that does not read."""
    kept, closed = world.room(), world.room()
    client = wires.open()
    Reader(world, client).join(kept, closed)
    client.abort()
    flood(wires.open(nick="posts"), [closed], 500, "😀" * 3990)
    client = wires.raw(client.memory)
    client.socket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    client.start_connect()
    client.wait_packet(lambda p: p.type == CONNECT)
    world.set_guests(closed, "none")
    secret = world.post(closed)
    client.wait_event("ready")
    assert ready(client)["rooms"] == [kept]
    last = world.post(kept)
    client.wait_event("message", lambda m, _: m == last)
    assert secret not in received(client)
