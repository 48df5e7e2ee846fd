"""A standby is promoted under two nodes with clients: what was lost is said, else nothing is."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.chat.clients import Room, secret
from tests.cluster.conftest import Nodes, at
from tests.cluster.redis.nodes import history
from tests.cluster.test_outages import state
from tests.support.forks import ForkServer
from tests.support.node import NodeClient, NodeClients
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.writers.replicas import Replicas


@pytest.fixture
def replicas() -> Iterator[Replicas]:
    made = Replicas()
    yield made
    made.close()


@pytest.fixture
def pair(replicas: Replicas, fork_server: ForkServer, tmp_path: Path) -> Iterator[list[LiveServer]]:
    """Start two nodes on a primary that has a standby."""
    url = replicas.url(replicas.primary.create())
    nodes = Nodes(fork_server, tmp_path, url)
    migration = nodes.make("migrate", entry="migrate")
    migration.spawn()
    assert migration.wait() == 0, migration.log
    yield [nodes.start("a"), nodes.start("b")]
    nodes.end()


def connect(node: NodeClients, server: LiveServer) -> NodeClient:
    """Connect a stock client to a node, and join the lobby."""
    client = node.connect(server.url, auth={"nick": f"at-{server.port}"}, reconnectionDelay=100)
    assert "data" in client.call("join", {"room": "lobby"})
    return client


def texts(client: NodeClient) -> list[str]:
    return [message["text"] for message, *_ in client.args_of("message")]


def post(server: LiveServer, number: int, sender: str) -> dict[str, Any] | None:
    """Post with a key; return the message, or None if it has to be tried again."""
    reply = Room(server, "lobby").post(f"{number}", key=f"key-{number}", guest=sender)
    if "data" in reply.json:
        return dict(reply.json["data"])
    assert reply.json["errors"][0]["code"] in ("storage_unavailable", "outcome_unknown")
    return None


def test_nobody_notices_that_a_synchronous_standby_is_promoted(
    replicas: Replicas, pair: list[LiveServer], node: NodeClients
) -> None:
    replicas.require_standby()
    clients = [connect(node, server) for server in pair]
    sender, lobby = secret(), Room(pair[0], "lobby")
    acknowledged = [post(pair[number % 2], number, sender) for number in range(6)]
    epoch = lobby.page()["epoch"]
    replicas.fail_over()
    acknowledged += [
        wait_until(lambda n=number: post(pair[n % 2], n, sender), what="the new primary")
        for number in range(6, 12)
    ]
    # Sent again, they are those of before.
    assert [post(pair[n % 2], n, sender) for n in range(12)] == acknowledged
    for server, client in zip(pair, clients, strict=True):
        wait_until(lambda c=client: len(texts(c)) == 12, what="all messages")
        assert texts(client) == [str(number) for number in range(12)]
        assert not {event.name for event in client.events} & {"disconnect", "connect_error"}
        page = at(server, lobby).page()
        assert (page["data"], page["epoch"]) == (acknowledged, epoch)
        wait_until(lambda server=server: state(server) == "", what="the node being ready")


class Writer:
    """Posts at a node, each message until it is acknowledged."""

    def __init__(self, server: LiveServer) -> None:
        self._server, self._sender = server, secret()
        self.acknowledged: list[dict[str, Any]] = []

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            number = len(self.acknowledged)
            message = wait_until(
                lambda n=number: post(self._server, n, self._sender), what="the message's storage"
            )
            self.acknowledged.append(message)


def wait_more(writers: list[Writer]) -> None:
    """Wait until each has had some more messages acknowledged."""
    enough = [len(writer.acknowledged) + 5 for writer in writers]
    for writer, count in zip(writers, enough, strict=True):
        wait_until(lambda w=writer, n=count: len(w.acknowledged) >= n, what="more being stored")


def test_nothing_that_is_posted_while_a_synchronous_standby_is_promoted_is_lost_or_doubled(
    replicas: Replicas, pair: list[LiveServer], node: NodeClients
) -> None:
    replicas.require_standby()
    clients = [connect(node, server) for server in pair]
    writers = [Writer(server) for server in pair * 3]
    stop = threading.Event()
    with ThreadPoolExecutor(len(writers)) as pool:
        writing = [pool.submit(writer.run, stop) for writer in writers]
        try:
            wait_more(writers)
            replicas.fail_over()
            wait_more(writers)
        finally:
            stop.set()
        for each in writing:
            each.result()
    acknowledged = [message for writer in writers for message in writer.acknowledged]
    stored = sorted(acknowledged, key=lambda message: int(message["rev"]))
    for server in pair:
        assert history(Room(server, "lobby"), stored[-1]["rev"]) == stored
    for client in clients:
        wait_until(lambda c=client: len(texts(c)) >= len(stored), what="all messages")
        assert texts(client) == [message["text"] for message in stored]
        assert not {event.name for event in client.events} & {"disconnect", "connect_error"}


def test_clients_are_told_what_a_standby_that_lagged_has_lost(
    replicas: Replicas, pair: list[LiveServer], node: NodeClients
) -> None:
    clients = [connect(node, server) for server in pair]
    sender, lobby = secret(), Room(pair[0], "lobby")
    kept = post(pair[0], 0, sender)
    for client in clients:
        wait_until(lambda c=client: texts(c) == ["0"], what="the message")
    replicas.wait_replayed()
    replicas.standby.lag()
    lost = post(pair[1], 1, sender)
    assert kept is not None and lost is not None
    epoch = lobby.page()["epoch"]
    replicas.fail_over()
    for client in clients:
        wait_until(lambda c=client: len(c.args_of("connect")) > 1, what="connecting again")
        assert client.args_of("connect")[-1][0]["recovered"] is False
    for server in pair:
        wait_until(lambda server=server: state(server) == "", what="the node being ready")
        reply = at(server, lobby).get(f"/changes?since={lost['rev']}&epoch={epoch}")
        assert (reply.status, reply.json["errors"][0]["code"]) == (410, "foreign_epoch")
        page = at(server, lobby).page()
        assert page["data"] == [kept] and page["epoch"] != epoch
    # The position of what was lost is never that of another message.
    again = post(pair[0], 1, sender)
    assert again is not None and again["rev"] > lost["rev"] + 1000
    # What another node has acknowledged is certain to be read only with its position.
    page = at(pair[1], lobby).page(headers={"X-Rev": str(again["rev"])})
    assert page["data"] == [kept, again]
