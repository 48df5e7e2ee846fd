"""Clients that return to another node with their pid: the older socket is closed."""

import pytest

from tests.chat.clients import Room
from tests.cluster.conftest import Nodes, Visit, at
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import Cut, Memory

Two = tuple[LiveServer, LiveServer]


def test_the_older_socket_on_the_other_node_is_closed_and_nothing_more_of_it_is_read(
    two: Two, room: Room, visit: Visit
) -> None:
    a, b = two
    memory = Memory()
    old = visit(a, room, memory, nick="mos")
    at(b, room).say("before", nick="doe")
    old.wait_message("before")
    pid = memory.pid["/chat"]
    new = visit(b, None, memory)
    assert memory.pid["/chat"] == pid
    ready = new.wait_event("ready")[0]
    assert (ready["nick"], ready["rooms"]) == ("mos", [room.name])
    old.drain()
    assert old.closed
    with pytest.raises(Cut):
        old.do("post", room=room.name, text="too late")
    room.say("after", nick="doe")
    new.wait_message("after")
    assert [message["text"] for message in new.messages()] == ["after"]
    assert [message["text"] for message in room.page()["data"]] == ["before", "after"]


def test_it_may_go_back_and_forth(two: Two, room: Room, visit: Visit) -> None:
    memory = Memory()
    client = visit(two[0], room, memory, nick="mos")
    pid = memory.pid["/chat"]
    for number in range(6):
        server = two[(number + 1) % 2]
        room.say(str(number), nick="doe")
        previous, client = client, visit(server, None, memory)
        client.wait_message(str(number))
        previous.drain()
        assert memory.pid["/chat"] == pid


def test_a_message_between_nodes_that_was_lost_is_made_up_for(nodes: Nodes, visit: Visit) -> None:
    # It looks where its sessions are eight times in this window.
    server = nodes.start("quick", recovery_hours=0.004)
    client = visit(server, nick="lost")
    # As if it had been resumed on another node, and what that has sent had been lost.
    server.query("UPDATE sessions SET node = 'b' WHERE nick = 'lost'")
    client.drain()
    assert client.closed


def node_of(server: LiveServer, nick: str) -> list[str]:
    """Return at which node the sessions of a nick are."""
    rows = server.query("SELECT node FROM sessions WHERE nick = :nick", nick=nick)
    return [node for (node,) in rows]


def test_what_the_older_socket_does_late_leaves_the_session_to_the_other_node(
    two: Two, room: Room, visit: Visit
) -> None:
    a, b = two
    memory = Memory()
    old = visit(a, room, memory, nick="moved")
    pid = memory.pid["/chat"]
    # As if it had been resumed at b, and a had not been told yet.
    a.query("UPDATE sessions SET node = 'b' WHERE nick = 'moved'")
    old.join(Room(a, "lobby"))
    assert node_of(a, "moved") == ["b"]
    old.disconnect("/chat")
    # What is committed later at the same node is behind the end of the session.
    room.say("after", nick="doe")
    assert node_of(a, "moved") == ["b"]
    new = visit(b, None, memory)
    assert memory.pid["/chat"] == pid
    new.wait_message("after")
    new.disconnect("/chat")
    wait_until(lambda: node_of(b, "moved") == [], 10, "the end of the session")
