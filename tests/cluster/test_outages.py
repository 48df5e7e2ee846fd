"""PostgreSQL is away for long, and a node is cut off from it."""

import signal
import socket
from collections.abc import Iterator
from threading import Event

import pytest
from sqlalchemy.engine import make_url

from me_api.cluster.cut_off import addresses
from me_api.transport import EventletLoop
from tests.chat.clients import Room
from tests.cluster.conftest import KEY, Nodes, Visit, at, nicks_at, wait_members
from tests.cluster.database_proxy import DatabaseProxy
from tests.cluster.test_presence import changes, settle
from tests.support.databases import name_in
from tests.support.postgresql import Cluster
from tests.support.server import LiveServer
from tests.support.wait import free_port, wait_until
from tests.support.wire import Memory

OUTAGE_SECONDS = 5.0
"""More than a lease, the time after which a node is lost, and that after which one is cut off."""


Two = tuple[LiveServer, LiveServer]


@pytest.fixture
def quick(nodes: Nodes) -> Two:
    """Start two nodes whose leases lapse soon."""
    return nodes.start("qa", entry="quick_lease"), nodes.start("qb", entry="quick_lease")


def state(server: LiveServer) -> str:
    """Return why a node is not ready, or "" if it is."""
    reply = server.get("/readyz")
    return "" if reply.status == 200 else str(reply.json["errors"][0]["code"])


def test_while_the_database_is_away_connections_stay_and_nobody_leaves(
    quick: Two, postgresql: Cluster, visit: Visit
) -> None:
    lobby = Room(quick[0], "lobby")
    clients = [visit(server, at(server, lobby), nick=f"n{i}") for i, server in enumerate(quick)]
    for server in quick:
        wait_until(lambda server=server: state(server) == "", what="the lease")
        wait_members(server, lobby, "n0", "n1")
    clients[0].wait_event("joined", lambda body: body["nick"] == "n1")
    settle(clients[0], clients[1], lobby)
    settle(clients[1], clients[0], lobby)
    before = [changes(client) for client in clients]
    postgresql.stop(signal.SIGQUIT)
    try:
        for server in quick:
            wait_until(lambda server=server: state(server) != "", what="503")
        Event().wait(OUTAGE_SECONDS)
        for server in quick:
            assert state(server) == "storage_unavailable"
    finally:
        postgresql.start(120)
    for server in quick:
        wait_until(lambda server=server: state(server) == "", what="the lease")
    # The connections are those of before: they receive what is said now.
    Room(quick[1], "lobby").say("back", nick="doe")
    for client in clients:
        client.wait_message("back")
    for server in quick:
        wait_members(server, lobby, "n0", "n1")
    # The grace period of those who come now ends after that of any who had been lost.
    late = visit(quick[0], lobby, nick="late")
    clients[1].wait_event("joined", lambda body: body["nick"] == "late")
    late.abort()
    clients[1].wait_event("left", lambda body: body["nick"] == "late")
    settle(clients[0], clients[1], lobby)
    for client, known in zip(clients, before, strict=True):
        assert [nick for _, nick, _ in changes(client)[len(known) :]] == ["late", "late"]
    assert nicks_at(quick[0], lobby) == ["n0", "n1"]


@pytest.fixture
def proxy(postgresql: Cluster) -> Iterator[DatabaseProxy]:
    made = DatabaseProxy(postgresql.folder)
    yield made
    made.close()


def accepts(server: LiveServer) -> bool:
    """Return whether a node accepts connections."""
    with socket.socket() as probe:
        return probe.connect_ex((server.host, server.port)) == 0


def test_a_node_that_is_cut_off_sends_its_clients_to_others_until_it_is_not(
    quick: Two, nodes: Nodes, proxy: DatabaseProxy, visit: Visit
) -> None:
    url = proxy.url(name_in(nodes.url))
    cut_off = nodes.start("cut-off", entry="quick_lease", database_url=url, jwt_secret=KEY)
    wait_until(lambda: state(cut_off) == "", what="the lease")
    lobby = Room(quick[0], "lobby")
    memory = Memory()
    client = visit(cut_off, at(cut_off, lobby), memory, nick="moved")
    proxy.vanish()
    closing = client.wait_event("closing")
    assert closing[0]["retry_after"] < 1
    client.drain()
    assert client.closing is not None and int.from_bytes(client.closing[:2], "big") == 1001
    wait_until(lambda: not accepts(cut_off), what="the end of listening")
    said = lobby.say("elsewhere", nick="doe")
    moved = visit(quick[1], None, memory)
    assert moved.wait_event("ready")[0]["rooms"] == ["lobby"]
    assert moved.wait_message("elsewhere") == said
    assert cut_off.running and all(map(accepts, quick))
    proxy.come_back()
    wait_until(lambda: accepts(cut_off) and state(cut_off) == "", what="the node being back")
    page = at(cut_off, lobby).page(headers={"X-Rev": str(said["rev"])})
    assert page["data"][-1] == said
    cut_off.stop()


def test_a_refusal_is_an_answer_and_silence_is_none(proxy: DatabaseProxy) -> None:
    def answers(port: int, host: str = "127.0.0.1") -> bool:
        return EventletLoop().answers_in_thread(host, port, 1)

    assert answers(free_port())
    assert answers(proxy.port)
    proxy.vanish()
    assert not answers(proxy.port)
    assert not answers(proxy.port, "no-such-host.invalid")


def test_all_hosts_of_a_url_are_asked() -> None:
    for url, expected in {
        "postgresql://one/x": [("one", 5432)],
        "postgresql://one:1/x": [("one", 1)],
        "postgresql:///x?host=/folder": [("/folder", 5432)],
        "postgresql:///x?host=one,two&port=1,2": [("one", 1), ("two", 2)],
        "postgresql:///x?host=one,two&port=1": [("one", 1), ("two", 1)],
        "postgresql:///x?host=one:1&host=two:2": [("one", 1), ("two", 2)],
        "postgresql:///x?host=fe80::1,fe80::2": [("fe80::1", 5432), ("fe80::2", 5432)],
        "postgresql:///x": [("", 5432)],
    }.items():
        assert addresses(make_url(url)) == expected
