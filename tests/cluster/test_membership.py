"""Nodes: their leases, their names, and the key that all of them sign with."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from me_api.cluster.membership import Membership
from me_api.errors import StorageUnavailable
from tests.cluster.conftest import KEY, Nodes
from tests.support.databases import name_in
from tests.support.postgresql import Cluster
from tests.support.server import LiveServer
from tests.support.wait import wait_until


def leases(server: LiveServer) -> dict[str, bool]:
    """Return which nodes hold their leases, by the database's clock."""
    return dict(server.query("SELECT name, until > clock_timestamp() FROM nodes"))


def test_a_node_says_its_name_and_how_it_learns_of_commits(nodes: Nodes) -> None:
    node = nodes.start("a")

    def ready() -> bool:
        reply = node.get("/readyz")
        expected = {"node": "a", "doorbell": "notify"}
        return reply.status == 200 and expected.items() <= reply.json["data"].items()

    wait_until(ready, what="the doorbell")
    assert leases(node)["a"]


def test_a_node_without_a_name_makes_one(nodes: Nodes) -> None:
    made = nodes.make("unnamed")
    del made.settings["node"]
    made.start()
    wait_until(lambda: made.get("/readyz").status == 200, what="the lease")
    name = made.get("/readyz").json["data"]["node"]
    assert leases(made)[name]
    made.stop()
    assert leases(made)[name] is False


def test_a_node_with_another_key_does_not_start(nodes: Nodes) -> None:
    nodes.start("a")
    other = nodes.make("other-key", jwt_secret="z" * 32)
    other.spawn()
    assert other.wait() == 1
    assert "ME_API_JWT_SECRET differs from that of the node 'a'" in other.log


def test_a_second_server_of_a_name_replaces_the_first(nodes: Nodes) -> None:
    first = nodes.start("twice")
    before = first.query("SELECT incarnation FROM nodes WHERE name = 'twice'")[0][0]
    del nodes.servers["twice"]
    second = nodes.start("twice")
    assert first.wait() == 0
    assert "another server has started as node 'twice': this one stops" in first.log
    wait_until(lambda: second.get("/readyz").status == 200, what="the lease")
    after = second.query("SELECT incarnation FROM nodes WHERE name = 'twice'")[0][0]
    assert after > before and leases(second)["twice"]


def test_only_psycopg_is_a_driver(nodes: Nodes) -> None:
    other = nodes.make("other-driver", database_url="postgresql+psycopg2:///none")
    other.spawn()
    assert other.wait() == 1
    assert "postgresql+psycopg://" in other.log


def test_a_second_start_at_the_address_of_a_node_does_not_end_it(nodes: Nodes) -> None:
    """F74: it was refused, but the first had stopped: both have the name of folder and port."""
    first = nodes.start("address")
    second = nodes.make("address-again", node="address", port=first.port)
    second.spawn()
    assert second.wait() == 1
    assert "Address already in use" in second.log and second.log.count("\n") == 1

    def until() -> object:
        return first.query("SELECT until FROM nodes WHERE name = 'address'")

    before = until()
    wait_until(lambda: until() != before, what="another renewal of the lease")
    assert first.running
    assert "another server has started" not in first.log


class Line:
    """Runs jobs on a connection; the next transaction is committed without an answer if `lost`."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.execute, self._connection = connection.execute, connection
        self.lost = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._connection.transaction():
            yield
        if self.lost:
            self.lost = False
            raise psycopg.OperationalError("the connection is lost")

    def call(self, run: Any) -> Any:
        try:
            return run(self)
        except psycopg.Error as error:
            raise StorageUnavailable("lost") from error


def test_a_node_does_not_take_itself_for_another_server_of_its_name(
    nodes: Nodes, postgresql: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _, number: sent.append(number))
    loop: Any = SimpleNamespace(call_later=lambda *_: None)
    watch: Any = SimpleNamespace(reached=lambda: None, failed=lambda: None)
    with postgresql.connect(name_in(nodes.url)) as connection:
        line: Any = Line(connection)
        first, second = (Membership(loop, line, "doubt", KEY, watch) for _ in range(2))
        first.join(line)
        connection.execute("UPDATE nodes SET until = clock_timestamp() WHERE name = 'doubt'")
        line.lost = True
        first.start()
        first.start()
        assert (sent, first.holds_lease) == ([], True)
        second.join(line)
        first.start()
        assert sent == [signal.SIGTERM]
