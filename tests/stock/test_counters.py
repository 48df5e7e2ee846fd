"""The two counters of docs/contributing.md: in stock style, and through the log."""

import re

import pytest

from tests.conftest import MakeServer
from tests.docs.tables import CONTRIBUTING
from tests.support.node import NodeClients
from tests.support.server import LiveServer

pytestmark = pytest.mark.sqlite  # The entry creates the table.


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    return make_server(entry="counters")


def test_in_stock_style(server: LiveServer, node: NodeClients) -> None:
    program = re.findall(r"```python\n(.*?)```", CONTRIBUTING.read_text(), re.S)[0]
    assert len([line for line in program.splitlines() if line]) <= 15
    one, two = (node.connect(server.url, "/counter") for _ in range(2))
    assert one.call("raise") == {"value": 1}
    assert two.call("raise") == {"value": 2}
    for client in (one, two):
        client.wait_for("counter", lambda body: body["value"] == 2)
        assert client.args_of("counter") == [[{"value": 1}], [{"value": 2}]]
    assert server.get("/counter").json == {"value": 2}


def test_through_the_log(server: LiveServer, node: NodeClients) -> None:
    one, two = (node.connect(server.url, "/durable") for _ in range(2))
    assert one.call("raise")["data"]["value"] == 1
    assert two.wait_for("counter")[0]["value"] == 1
    two.hold()
    two.cut()
    two.wait_for("disconnect")
    one.call("raise")
    server.restart(kill=True)
    assert server.get("/durable").json == {"value": 2}
    mark = two.mark()
    two.release()
    two.wait_connected(since=mark)
    assert two.state()["recovered"] is True
    body, rev = two.wait_for("counter", since=mark)
    assert (body["value"], rev) == (2, str(body["rev"]))
    assert one.call("raise")["data"]["value"] == 3
    two.wait_for("counter", lambda body, _: body["value"] == 3)
    assert [args[0]["value"] for args in two.args_of("counter")] == [1, 2, 3], "none is missing"
