"""The unmodified socket.io-client, disconnected in every way, ends with what REST has."""

from collections.abc import Callable

import pytest

from tests.recovery.rest_reader import Reader, received
from tests.recovery.scenario import World
from tests.support.node import NodeClient, NodeClients
from tests.support.wait import wait_until

Cut = Callable[[NodeClient], None]

CUTS: dict[str, Cut] = {"closed": NodeClient.cut, "destroyed": NodeClient.destroy}
WAYS = {
    "websocket": ["websocket"],
    "polling": ["polling"],
    "upgraded": ["polling", "websocket"],
}


def back(client: NodeClient, since: int) -> list[str]:
    """Wait until the client has reconnected and recovered; return its rooms."""
    state = client.wait_connected(since)
    ready, rev = client.wait_for("ready", since=since)
    assert state["recovered"], f"not recovered: {state}"
    assert rev == str(ready["rev"])
    rooms: list[str] = ready["rooms"]
    return rooms


def away(client: NodeClient, cut: Cut) -> int:
    """Disconnect the client until it is released; return the mark before its reconnect."""
    since = client.mark()
    client.hold()
    cut(client)
    client.wait_for("disconnect", since=since)
    return since


@pytest.mark.parametrize(
    ("way", "cut"),
    [
        ("websocket", "closed"),
        ("websocket", "destroyed"),
        ("polling", "closed"),  # It has no connection that could be destroyed.
        ("upgraded", "closed"),
        ("upgraded", "destroyed"),
    ],
)
def test_changes_of_several_rooms_while_cut(
    world: World, node: NodeClients, cut: str, way: str
) -> None:
    rooms = [world.room(), world.room()]
    world.stir(*rooms)
    client = node.connect(world.server.url, auth={"nick": "a"}, transports=WAYS[way])
    if way == "upgraded":
        wait_until(lambda: client.state()["transport"] == "websocket")
    reader = Reader(world, client)
    reader.join(*rooms)
    last = world.stir(*rooms)
    client.wait_for("message", lambda m, _: m == last)
    since = away(client, CUTS[cut])
    world.stir(*rooms)
    client.release()
    assert sorted(back(client, since)) == sorted(rooms)
    reader.check()


def test_cut_ten_times_in_a_row(world: World, node: NodeClients) -> None:
    rooms = [world.room(), world.room()]
    client = node.connect(world.server.url, auth={"nick": "b"})
    reader = Reader(world, client)
    reader.join(*rooms)
    pid = client.state()["pid"]
    for number in range(10):
        since = away(client, NodeClient.destroy if number % 2 else NodeClient.cut)
        world.stir(*rooms[number % 2 :])
        client.release()
        back(client, since)
        assert client.state()["pid"] == pid
    reader.check()


def test_cut_again_before_anything_new(world: World, node: NodeClients) -> None:
    client = node.connect(world.server.url, auth={"nick": "c"})
    reader = Reader(world, client)
    reader.join(world.room())
    for _ in range(3):
        since = client.mark()
        client.cut()
        back(client, since)
    assert received(client) == []
    reader.check()


def test_server_killed_and_started_again(world: World, node: NodeClients) -> None:
    rooms = [world.room(), world.room()]
    world.stir(*rooms)
    client = node.connect(world.server.url, auth={"nick": "d"})
    reader = Reader(world, client)
    reader.join(*rooms)
    for _ in range(2):
        client.hold()
        world.stir(*rooms)
        since = client.mark()
        world.server.restart(kill=True)
        world.stir(*rooms)
        client.release()
        assert sorted(back(client, since)) == sorted(rooms)
    reader.check()


def test_server_stopped_and_started_again(world: World, node: NodeClients) -> None:
    client = node.connect(world.server.url, auth={"nick": "e"})
    reader = Reader(world, client)
    reader.join(world.room())
    since = client.mark()
    world.server.restart()
    back(client, since)
    client.wait_for("closing", lambda body: body["retry_after"] > 0)
    reader.check()


def test_never_received_a_message(world: World, node: NodeClients) -> None:
    room = world.room()
    client = node.connect(world.server.url, auth={"nick": "f"})
    reader = Reader(world, client)
    reader.join(room)
    since = away(client, NodeClient.destroy)
    last = world.stir(room)
    client.release()
    assert back(client, since) == [room]
    client.wait_for("message", lambda m, _: m == last)
    reader.check()


def test_joined_then_left_before_the_cut(world: World, node: NodeClients) -> None:
    kept, left = world.room(), world.room()
    client = node.connect(world.server.url, auth={"nick": "g"})
    reader = Reader(world, client)
    reader.join(kept, left)
    client.call("leave", {"room": left})
    reader.rooms.remove(left)
    since = away(client, NodeClient.cut)
    world.stir(kept, left)
    client.release()
    assert back(client, since) == [kept]
    reader.check()
    assert {message["room"] for message in received(client)} == {kept}


def test_a_room_closed_meanwhile_is_not_replayed(world: World, node: NodeClients) -> None:
    kept, closed = world.room(), world.room()
    guest = node.connect(world.server.url, auth={"nick": "h"})
    reader = Reader(world, guest)
    reader.join(kept, closed)
    since = away(guest, NodeClient.cut)
    world.post(closed, "before it was closed")
    world.set_guests(closed, "none")
    world.stir(kept, closed)
    guest.release()
    assert back(guest, since) == [kept]
    reader.rooms.remove(closed)
    reader.check()
    assert {message["room"] for message in received(guest, since)} == {kept}


def test_membership_granted_again_after_it_was_revoked(world: World, node: NodeClients) -> None:
    """A client that was removed from a room does not rejoin by itself."""
    room = world.room()
    guest = node.connect(world.server.url, auth={"nick": "i"})
    reader = Reader(world, guest)
    reader.join(room)
    world.set_guests(room, "none")
    guest.wait_for("left", lambda body: body["room"] == room)
    world.set_guests(room, "post")
    since = guest.mark()
    guest.cut()
    assert back(guest, since) == []
    reader.join(room)
    reader.check()


def test_two_namespaces_over_one_connection(world: World, node: NodeClients) -> None:
    chat = node.connect(world.server.url, auth={"nick": "j"})
    reports = node.connect(world.server.url, "/reports", share=chat)
    reader = Reader(world, chat)
    reader.join(room := world.room())
    marks = chat.mark(), reports.mark()
    chat.cut()
    last = world.stir(room)
    back(chat, marks[0])
    assert reports.wait_connected(marks[1])["recovered"]
    chat.wait_for("message", lambda m, _: m == last)
    reader.check()
