"""Stock handlers beside direct ones: in one namespace, on one connection, in order."""

from collections.abc import Iterator

import pytest

from tests.conftest import StartServer
from tests.support.node import NodeClients
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Iterator[LiveServer]:
    made = start_server("stock-handlers", entry="stock_handlers")
    yield made
    made.stop()


def test_both_answer_in_one_namespace(server: LiveServer, node: NodeClients) -> None:
    one, two = (node.connect(server.url, "/chat", {"nick": nick}) for nick in ("anna", "bert"))
    assert one.call("move", {"x": 1}) == {"x": 1}
    assert one.wait_for("moved") == [{"x": 1}]
    assert "data" in one.call("join", {"room": "lobby"})
    assert "data" in two.call("join", {"room": "lobby"})
    assert two.call("move", b"\0") == {"$binary": "AA=="}
    assert one.wait_for("moved", lambda data: data != {"x": 1}) == [{"$binary": "AA=="}]
    ack = one.call("post", {"room": "lobby", "text": "hej"})
    message, rev = two.wait_for("message")
    assert (message, rev) == (ack["data"], str(ack["data"]["rev"]))
    assert one.call("dance")["errors"][0]["code"] == "unknown_event"
    assert one.call("post", b"\0")["errors"][0]["code"] == "invalid"


def test_events_of_one_connection_are_answered_in_order(
    server: LiveServer, node: NodeClients
) -> None:
    chat = node.connect(server.url, "/chat", {"nick": "carl"})
    board = node.connect(server.url, "/board", share=chat)
    chat.call("move", 0)
    calls = [(chat if number % 3 else board).start_call("move", number) for number in range(1, 31)]
    assert [call.result(WAIT_SECONDS) for call in calls] == list(range(1, 31))
    assert [data for (data,) in chat.args_of("moved")] == [0, *(n for n in range(1, 31) if n % 3)]
    elsewhere = [data for (data,) in chat.args_of("moved elsewhere")]
    assert elsewhere == [n for n in range(1, 31) if n % 3 == 0]


def test_a_stock_connect_handler_may_refuse(server: LiveServer, node: NodeClients) -> None:
    refused = node.connect(server.url, "/chat", {"nick": "unwanted"}, wait=False)
    (error,) = refused.wait_for("connect_error")
    assert error["message"] == "unwanted"
    watcher = node.connect(server.url, "/chat", {"nick": "doris"})
    # The nick is free again, and the feature has no member of that name.
    assert watcher.call("nick", {"nick": "unwanted"}).get("errors", [{}])[0].get("code") != "taken"


def test_both_disconnect_handlers_are_called(server: LiveServer, node: NodeClients) -> None:
    leaver, watcher = (node.connect(server.url, "/chat", {"nick": n}) for n in ("emil", "fia"))
    sid = leaver.state()["id"]
    leaver.disconnect()
    expected = ["disconnect", sid, "client disconnect"]
    wait_until(lambda: expected in watcher.call("log"))
    assert ["connect", sid] in watcher.call("log")


def test_a_stock_handler_disconnects_a_client_of_a_feature(
    server: LiveServer, node: NodeClients
) -> None:
    leaver, watcher = (node.connect(server.url, "/chat", {"nick": n}) for n in ("gun", "hans"))
    for client in (leaver, watcher):
        client.call("join", {"room": "lobby"})
    board = node.connect(server.url, "/board", share=leaver)
    leaver.emit("go")
    leaver.emit("move", "too late")
    assert leaver.wait_for("disconnect") == ["io server disconnect"]
    assert board.call("move", 1) == 1, "the other namespace stays"
    assert watcher.args_of("moved") == []


def test_a_returning_client_keeps_its_rooms_of_the_feature(
    server: LiveServer, node: NodeClients
) -> None:
    client = node.connect(server.url, "/chat", {"nick": "ivar"})
    client.call("join", {"room": "lobby"})
    client.call("move", 1)
    mark = client.mark()
    client.cut()
    client.wait_connected(since=mark)
    assert client.state()["recovered"] is True
    assert client.call("move", 2) == 2
    client.wait_for("moved", lambda data: data == 2)
