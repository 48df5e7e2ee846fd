"""F19: a recovered session keeps its sid (`socket.id`), and nobody else can have it."""

import copy
from contextlib import suppress

import pytest

from tests.recovery.raw_clients import GUEST, Wires, recovered
from tests.recovery.rest_reader import Reader
from tests.recovery.scenario import World
from tests.support.node import NodeClients
from tests.support.packets import CONNECT
from tests.support.proxy import Proxy
from tests.support.wait import wait_until
from tests.support.wire import Cut, WireClient


def sid(client: WireClient, namespace: str = "/chat") -> str:
    """Return the sid of the last CONNECT."""
    found = [p.data["sid"] for p in client.packets if (p.type, p.namespace) == (CONNECT, namespace)]
    return str(found[-1])


@pytest.mark.parametrize("kill", [False, True])
def test_a_recovered_session_keeps_its_sid(world: World, wires: Wires, kill: bool) -> None:
    first = wires.open(nick="stays")
    first.abort()
    if kill:
        world.server.restart(kill=True)
    second = wires.again(first)
    third = wires.again(second)
    assert recovered(first, third)
    assert sid(first) == sid(second) == sid(third)


def test_a_half_open_connection_is_closed_and_its_sid_taken_over(
    world: World, wires: Wires
) -> None:
    room = world.room()
    with Proxy(world.server.port) as proxy:
        old = WireClient("127.0.0.1", proxy.port)
        old.connect(auth={"nick": "half-open"})
        old.wait_event("ready")
        Reader(world, old).join(room)
        proxy.pause()
        new = wires.again(old)
        assert sid(new) == sid(old)
        proxy.resume()
        old.drain()
    missed = world.post(room)
    assert new.wait_event("message")[0] == missed, "the end of the old one does not end the new"
    assert world.server.get(f"/chat/rooms/{room}").json["data"]["members"] == 1


def wait_ready_or_closed(client: WireClient) -> None:
    with suppress(Cut):
        client.wait_event("ready")


def test_many_connections_with_one_sid_end_with_one_that_works(world: World, wires: Wires) -> None:
    room = world.room()
    first = wires.open(nick="many-at-once")
    Reader(world, first).join(room)
    rivals = [wires.raw(copy.deepcopy(first.memory)) for _ in range(8)]
    for rival in rivals:
        rival.start_connect()
    # Else one could still be reading when the last one comes, and take over from it.
    for rival in rivals:
        wait_ready_or_closed(rival)
    last = wires.again(first)
    for rival in rivals:
        rival.drain()
    assert sid(last) == sid(first)
    missed = world.post(room)
    assert last.wait_event("message")[0] == missed


@pytest.mark.parametrize("thief", [{}, {"guest": GUEST[::-1]}])
def test_a_sid_is_no_pid_and_another_sender_gets_another(
    wires: Wires, thief: dict[str, str]
) -> None:
    owner = wires.open(guest=GUEST)
    assert sid(wires.open(pid=sid(owner), **thief)) != sid(owner)
    assert sid(wires.again(owner, guest=GUEST[::-1])) != sid(owner)
    assert sid(wires.again(owner, guest=GUEST)) == sid(owner)


def test_each_namespace_and_each_session_has_a_sid_of_its_own(wires: Wires) -> None:
    client = wires.open()
    client.connect("/reports")
    assert sid(client) != sid(client, "/reports")
    before = sid(client)
    client.disconnect()
    client.connect()
    assert sid(client) != before, "an explicit disconnect ended the session"


def test_the_stock_client_keeps_its_id(world: World, node: NodeClients) -> None:
    with Proxy(world.server.port) as proxy:
        client = node.connect(proxy.url, "/chat", {"nick": "stock"})
        client.wait_until(lambda events: any(e.name == "ready" for e in events), what="ready")
        before = client.state()
        proxy.cut()
        wait_until(lambda: client.state()["recovered"], what="a recovery")
        assert client.state()["id"] == before["id"]
