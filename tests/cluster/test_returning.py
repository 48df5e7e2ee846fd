"""Clients that return to another node with their pid: the older socket is closed."""

import copy
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Connection

from me_api.realtime.node_sessions import NodeSessions
from tests.chat.clients import ChatClient, Room
from tests.cluster.conftest import Nodes, Visit, at
from tests.support.databases import connect, execute
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
    wait_until(lambda: node_of(b, "moved") == [], what="the end of the session")


@contextmanager
def held(server: LiveServer, nick: str) -> Iterator[Connection]:
    """Hold the row of a nick's session: it can be read, and not be changed by others."""
    with connect(str(server.settings["database_url"])) as connection:
        execute(connection, "SELECT FROM sessions WHERE nick = :nick FOR UPDATE", nick=nick)
        yield connection


def waiting(server: LiveServer) -> int:
    """Return how many nodes wait for a row that is held."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND application_name = 'me-api writer' AND datname = current_database()"
    )
    return int(server.query(query)[0][0])


def closed(clients: Sequence[ChatClient]) -> int:
    """Read what has arrived; return how many connections are closed."""
    for client in clients:
        with suppress(TimeoutError):
            client.drain(0.05)
    return sum(client.closed for client in clients)


def test_a_session_that_is_resumed_at_two_nodes_at_once_is_held_by_one(
    two: Two, nodes: Nodes, room: Room, visit: Visit
) -> None:
    servers = {"a": two[0], "b": two[1], "c": nodes.start("c")}
    memory, holder = Memory(), "a"
    client = visit(two[0], room, memory, nick="wanted")
    for _ in range(6):
        others = [name for name in servers if name != holder]
        with ThreadPoolExecutor(2) as pool:
            # Each has read the session before the other one changes it.
            with held(two[0], "wanted"):
                asked = [
                    pool.submit(visit, servers[name], None, copy.deepcopy(memory))
                    for name in others
                ]
                wait_until(lambda: waiting(two[0]) == 2, what="both nodes")
            clients = [client, *(future.result() for future in asked)]
        wait_until(lambda made=clients: closed(made) == 2, what="one of them holding it")
        (holder,) = node_of(two[0], "wanted")
        client = clients[1 + others.index(holder)]
        assert not client.closed
        assert client.memory.pid == memory.pid
    nodes.servers["c"].stop()


def test_a_session_that_has_ended_while_it_is_resumed_elsewhere_stays_ended(
    two: Two, room: Room, visit: Visit
) -> None:
    a, b = two
    memory = Memory()
    visit(a, room, memory, nick="ended").abort()
    pid = memory.pid["/chat"]
    with ThreadPoolExecutor(1) as pool:
        with held(a, "ended") as connection:
            resuming = pool.submit(visit, b, None, memory)
            wait_until(lambda: waiting(a) == 1, what="the other node")
            execute(connection, "DELETE FROM sessions WHERE nick = 'ended'")
        client = resuming.result()
    ready = client.wait_event("ready")[0]
    assert memory.pid["/chat"] != pid
    assert ready["rooms"] == []
    assert node_of(a, "ended") == []
    # It is a client like any other.
    client.join(at(b, room))
    room.say("hej", nick="doe")
    client.wait_message("hej")


def test_what_a_node_does_not_know_to_have_ended_is_not_saved_again(
    two: Two, room: Room, visit: Visit
) -> None:
    client = visit(two[0], room, nick="unaware")
    # As if the client had resumed it at the other node, and disconnected there.
    two[0].query("DELETE FROM sessions WHERE nick = 'unaware'")
    client.join(Room(two[0], "lobby"))
    assert node_of(two[0], "unaware") == []


def test_what_another_node_sends_while_a_session_is_resumed_counts_when_it_is() -> None:
    handlers: dict[str, Callable[[Any], None]] = {}
    dropped: list[str] = []
    loop: Any = SimpleNamespace(
        spawn=lambda function, *args: function(*args), call_later=lambda *_: None
    )
    cluster: Any = SimpleNamespace(has_others=True, name="b", subscribe=handlers.__setitem__)
    recovery: Any = SimpleNamespace(refresh=1, nodes=lambda pids: dict.fromkeys(pids, "c"))
    connected: dict[str, Any] = {}
    sessions = NodeSessions(loop, cast(Any, None), cluster, recovery, connected)
    sessions.start()
    with sessions.resuming("p"):
        handlers["drop"](SimpleNamespace(body={"pid": "p", "node": "b"}))
        peer = SimpleNamespace(drop=lambda: dropped.append("p"))
        connected["p"] = SimpleNamespace(stored=True, peer=peer)
    assert dropped == ["p"]
    with sessions.resuming("p"):
        pass
    assert dropped == ["p"]
