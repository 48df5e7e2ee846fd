"""Two versions side by side, as in an upgrade: the database is migrated, then node after node."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chat.clients import Room
from tests.cluster.conftest import Nodes, Visit, at, wait_members
from tests.cluster.test_outages import state
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import Memory

Two = tuple[LiveServer, LiveServer]


@pytest.fixture
def versions(nodes: Nodes) -> Two:
    """Start a node of this version, and then one of the next, which migrates the database."""
    old = nodes.start("old")
    new = nodes.start("new", entry="next_version")
    for server in (old, new):
        wait_until(lambda server=server: state(server) == "", what="the lease")
    return old, new


def test_both_serve_the_same_log_in_one_order(versions: Two, visit: Visit) -> None:
    lobby = Room(versions[0], "lobby")
    clients = [visit(server, at(server, lobby), nick=f"n{i}") for i, server in enumerate(versions)]
    for server in versions:
        wait_members(server, lobby, "n0", "n1")

    def post(number: int) -> None:
        at(versions[number % 2], lobby).say(f"both {number}", nick="doe")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(post, range(40)))
    for client in clients:
        client.wait_event("message", lambda message, _: message["id"] == 40)
    first, second = (client.messages() for client in clients)
    assert first == second and [message["id"] for message in first] == list(range(1, 41))
    edited = at(versions[1], lobby).say("wrong", nick="doe", guest="g" * 30)
    answer = lobby.edit(edited["id"], "right", guest="g" * 30)
    assert answer.status == 200
    changes, seen = f"/changes?since={first[-1]['rev']}", {"X-Rev": str(answer.json["data"]["rev"])}
    for server in versions:
        page = at(server, lobby).get(changes, headers=seen).json["data"]
        assert [message["text"] for message in page] == ["right"]


def test_a_client_goes_from_one_to_the_other_and_back(versions: Two, visit: Visit) -> None:
    old, new = versions
    lobby, memory = Room(old, "lobby"), Memory()
    visit(old, lobby, memory, nick="mover").abort()
    pid = memory.pid["/chat"]
    for number, server in enumerate((new, old)):
        said = lobby.say(f"missed {number}", nick="doe")
        client = visit(server, None, memory)
        assert memory.pid["/chat"] == pid
        ready = client.wait_event("ready")[0]
        assert (ready["nick"], ready["rooms"]) == ("mover", ["lobby"])
        assert client.wait_message(said["text"]) == said
        client.abort()


def test_an_older_node_starts_again_until_the_new_version_excludes_it(versions: Two) -> None:
    old, new = versions
    old.restart()
    wait_until(lambda: state(old) == "", what="the lease")
    # As the migration of a version does that takes away what older ones use.
    new.query("UPDATE schema_range SET oldest = (SELECT version_num FROM alembic_version)")
    assert (state(old), state(new)) == ("outdated_schema", "")
    old.stop()
    old.spawn()
    assert old.wait() == 1
    assert "the database is not at this version" in old.log
    assert state(new) == ""
