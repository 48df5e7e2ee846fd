"""Rules 4, 5 and 8 of recovery: which clients may resume a session, and when it ends."""

import pytest

from tests.recovery.raw_clients import GUEST, Wires, names, ready, recovered
from tests.recovery.rest_reader import Reader, received
from tests.recovery.scenario import World
from tests.support.packets import CONNECT
from tests.support.wire import Cut, Refused


def test_rule_4_resuming_closes_the_older_connection(world: World, wires: Wires) -> None:
    room = world.room()
    first = wires.open(nick="again")
    Reader(world, first).join(room)
    second = wires.again(first, nick="again")
    assert recovered(first, second)
    with pytest.raises(Cut):
        first.call("/chat", "post", {"room": room, "text": "unread"})
    assert world.history(room) == []
    last = world.post(room)
    second.wait_event("message", lambda m, _: m == last)


def test_rule_4_only_the_newest_of_many_connections_stays(world: World, wires: Wires) -> None:
    room = world.room()
    clients = [wires.open(nick="many")]
    Reader(world, clients[0]).join(room)
    for _ in range(9):
        clients.append(wires.again(clients[-1], nick="many"))
    for client in clients[:-1]:
        client.drain()
    Reader(world, clients[-1]).join(room)
    assert world.server.get(f"/chat/rooms/{room}").json["data"]["members"] == 1


@pytest.mark.parametrize("kill", [False, True])
def test_rule_4_after_the_second_and_the_tenth_drop(world: World, wires: Wires, kill: bool) -> None:
    room = world.room()
    client = wires.open()
    Reader(world, client).join(room)
    for number in range(3 if kill else 10):
        client.abort()
        missed = [world.post(room, str(number)), world.post(room, str(number))]
        if kill:
            world.server.restart(kill=True)
        old, client = client, wires.again(client)
        assert recovered(old, client)
        assert received(client) == missed


def test_rule_4_a_client_that_never_received_an_event(world: World, wires: Wires) -> None:
    room = world.room()
    first = wires.open()
    Reader(world, first).join(room)
    first.memory.offset.clear()
    missed = world.post(room)
    for _ in range(3):
        first = wires.again(first)
        assert received(first) == [missed]
        first.memory.offset.clear()


@pytest.mark.parametrize("thief", ["no secret", "other guest", "member"])
@pytest.mark.parametrize("victim", ["guest", "member"])
def test_rule_5_another_sender_gets_a_new_session(
    world: World, wires: Wires, victim: str, thief: str
) -> None:
    room = world.room()
    own = {"guest": GUEST} if victim == "guest" else {"token": world.token}
    other = {}
    if thief == "other guest":
        other["guest"] = GUEST[::-1]
    elif thief == "member":
        other["token"] = world.member(f"thief-of-a-{victim}")
    owner = wires.open(**own)
    Reader(world, owner).join(room)
    owner.memory.offset["/chat"] = "0"
    missed = world.post(room)
    stolen = wires.again(owner, **other)
    assert not recovered(owner, stolen)
    assert (ready(stolen)["rooms"], received(stolen)) == ([], [])
    last = world.post(room)
    owner.wait_event("message", lambda m, _: m == last)
    assert received(wires.again(owner, **own)) == []
    owner.memory.offset["/chat"] = "0"
    assert received(wires.again(owner, **own)) == [missed, last]
    assert received(stolen) == []


def test_rule_5_the_client_is_authenticated_again(world: World, wires: Wires) -> None:
    room = world.room()
    first = wires.open(token=world.token)
    Reader(world, first).join(room)
    first.abort()
    missed = world.post(room)
    with pytest.raises(Refused):
        wires.again(first, token=world.token[:-2])
    assert received(wires.again(first, token=world.token)) == [missed]


def test_rule_5_only_rooms_that_may_be_read_now(world: World, wires: Wires) -> None:
    kept, closed = world.room(), world.room()
    first = wires.open()
    Reader(world, first).join(kept, closed)
    first.abort()
    world.post(closed)
    missed = world.post(kept)
    world.set_guests(closed, "none")
    world.post(closed)
    second = wires.again(first)
    world.set_guests(closed, "post")
    world.post(closed)
    last = world.post(kept)
    second.wait_event("message", lambda m, _: m == last)
    assert received(second) == [missed, last]
    assert ready(second)["rooms"] == [kept]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("taker", ["guest", "member"])
def test_rule_5_the_nick_was_taken_meanwhile(
    world: World, wires: Wires, taker: str, named: bool
) -> None:
    room, nick = world.room(), f"nick-{taker}-{named}"
    first = wires.open(nick=nick)
    Reader(world, first).join(room)
    first.abort()
    missed = world.post(room)
    if taker == "member":
        world.member(nick)
    else:
        wires.open(nick=nick, guest=GUEST)
    second = wires.again(first, **({"nick": nick} if named else {}))
    assert recovered(first, second)
    assert ready(second)["nick"] is None
    assert received(second) == [missed]
    refused = second.call("/chat", "post", {"room": room, "text": "as whom?"})
    assert refused["errors"][0]["code"] == "nick_required"


def test_rule_8_disconnecting_ends_the_session(world: World, wires: Wires) -> None:
    """Even for a client that reconnects at once."""
    room = world.room()
    for _ in range(10):
        first = wires.open()
        Reader(world, first).join(room)
        old, since = first.memory.pid["/chat"], len(first.packets)
        first.disconnect()
        first.start_connect()
        first.wait_packet(lambda p: p.type == CONNECT, since=since)
        assert first.memory.pid["/chat"] != old
        first.wait_event("ready", since=since)
        assert ready(first)["rooms"] == []


def test_rule_8_an_ended_session_stays_ended_after_a_restart(world: World, wires: Wires) -> None:
    first = wires.open()
    Reader(world, first).join(room := world.room())
    first.disconnect()
    with pytest.raises(Refused):  # It comes behind the disconnect.
        first.connect("/nowhere")
    world.post(room)
    world.server.restart(kill=True)
    second = wires.again(first)
    assert not recovered(first, second)
    assert names(second) == ["CONNECT", "ready"]


def test_a_pid_of_another_namespace_does_not_resume_its_session(wires: Wires) -> None:
    """The client gets a new session, and nothing is left of it after it disconnects."""
    both = wires.raw()
    pid = both.connect("/reports")["pid"]
    answer = both.connect("/chat", {"pid": pid, "nick": "of two"})
    assert answer["pid"] != pid
    both.wait_event("ready")
    both.abort()
    wires.open(nick="of two")
