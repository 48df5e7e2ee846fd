"""Limits that all nodes count together: logins that fail, and registrations."""

from tests.cluster.conftest import Nodes
from tests.support.server import LiveServer

RATES = "failed_login=0.001/5,register=0.001/3"


def test_wrong_logins_are_counted_on_all_nodes(nodes: Nodes) -> None:
    servers = [nodes.start(name, rate_limits="on", rates=RATES) for name in ("la", "lb")]

    def log_in(server: LiveServer) -> int:
        return server.post("/login", {"email": "x@example.com", "password": "wrong"}).status

    statuses = [log_in(servers[number % 2]) for number in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    refused = servers[0].post("/login", {"email": "x@example.com", "password": "wrong"})
    assert 0 < int(refused.headers["Retry-After"]) <= 1000


def test_registrations_are_counted_on_all_nodes(nodes: Nodes) -> None:
    servers = [nodes.start(name, rate_limits="on", rates=RATES) for name in ("la", "lb")]

    def register(number: int) -> int:
        body = {"email": f"{number}@example.com", "password": "long enough"}
        return servers[number % 2].post("/register", body).status

    assert [register(number) for number in range(5)] == [201] * 3 + [429] * 2
