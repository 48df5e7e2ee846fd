"""Every public name of Flask-SocketIO, on the stock library and on the engine."""

from typing import Any

import pytest

from tests.stock.conftest import RunApp
from tests.stock.on_both import pair, server
from tests.stock.pairs import OPTIONS, Pair, sid
from tests.stock.servers import LIBRARIES, StockServer
from tests.support.node import NodeClients
from tests.support.wait import WAIT_SECONDS, wait_until

__all__ = ["pair", "server"]


def test_request_and_its_context(node: NodeClients, server: StockServer) -> None:
    headers = {"X-Agent": "node"}
    client = node.connect(server.url, "/", {"nick": "å"}, extraHeaders=headers)
    assert client.wait_for("hello") == [{"nick": "å"}]
    assert client.call("describe", 1, {"a": None}) == {
        "sid": sid(client),
        "namespace": "/",
        "message": "describe",
        "args": [1, {"a": None}],
        "app": "names",
        "path": "/socket.io/",
        "query": "4",
        "agent": "node",
        "auth": {"nick": "å"},
        "transport": "websocket",
    }


def test_disconnect_ends_a_client(pair: Pair) -> None:
    pair.one.emit("disconnect me", sid(pair.two))
    assert pair.two.wait_for("disconnect") == ["io server disconnect"]
    pair.one.emit("disconnect me", None)
    pair.one.wait_for("disconnect")


@pytest.mark.parametrize(
    ("refusal", "body"),
    [
        ("false", {"message": "Connection rejected by server"}),
        ("data", {"message": "not you", "data": {"why": 1}}),
    ],
)
def test_connection_refused_error(
    node: NodeClients, server: StockServer, refusal: str, body: dict[str, Any]
) -> None:
    client = node.connect(server.url, "/", {"refuse": refusal}, wait=False)
    (error,) = client.wait_for("connect_error")
    assert (error["message"], error["data"]) == (body["message"], body.get("data"))


def test_namespaces_that_are_not_there(node: NodeClients, run_app: RunApp) -> None:
    """With a handler for `*` there would be none."""
    for library in LIBRARIES:
        server = run_app("sessions", library, **OPTIONS[library])
        client = node.connect(server.url, "/nowhere", wait=False)
        (error,) = client.wait_for("connect_error")
        assert error["active"] is False


def test_errors_are_passed_to_their_handlers(
    pair: Pair, node: NodeClients, server: StockServer
) -> None:
    assert pair.one.call("fail", "x") == "handled x of fail"
    other = node.connect(server.url, "/other")
    assert other.call("fail", "y") == "handled by default: y"
    nobody = node.connect(server.url, "/nobody")
    nobody.start_call("fail", "not handled", timeout=0.2).exception(WAIT_SECONDS)
    assert nobody.call("anywhere", 1) == ["anywhere", "/nobody", [1]], "and it goes on"
    wait_until(lambda: "LookupError: not handled" in server.log)


def test_the_catch_all_handles_other_events(
    pair: Pair, node: NodeClients, server: StockServer
) -> None:
    other = node.connect(server.url, "/somewhere")
    assert other.call("anywhere", 2) == ["anywhere", "/somewhere", [2]]
    assert pair.one.call("anything", 1, 2) == ["caught", "anything", [1, 2]]


def test_the_ways_to_register(node: NodeClients, server: StockServer) -> None:
    other = node.connect(server.url, "/other")
    assert other.call("by_its_name", 1) == 2
    assert other.call("by method", 1) == 3


def test_a_namespace_as_a_class(node: NodeClients, server: StockServer) -> None:
    pair = Pair(node, server.url, "/class")
    pair.one.emit("methods", "hej")
    for client in pair.both:
        assert client.wait_for("hej") == [{"by": "class"}]
    assert pair.two.wait_for("message") == ["hej"]
    assert pair.one.call("fail") == "of the class: of a class"
    pair.two.disconnect()
    wait_until(lambda: pair.one.call("reasons")[-1:] == ["client disconnect"])
    assert pair.one.args_of("message") == pair.one.args_of("not sent") == []


def test_sessions_of_events(pair: Pair, node: NodeClients, server: StockServer) -> None:
    assert pair.one.call("session", "a", 1) == {"a": 1}
    assert pair.one.call("session", "b", [2]) == {"a": 1, "b": [2]}
    assert pair.two.call("session", None, None) == {}


def test_every_public_name_of_the_module_is_there() -> None:
    """A name that a new version adds fails here until it has a test, or a row in the table."""
    import flask_socketio  # noqa: PLC0415

    from me_api import transport  # noqa: PLC0415

    own = {"os", "sys", "wraps", "flask", "flask_json", "socketio", "namespace", "test_client"}
    own |= {"gevent_socketio_found", "SessionMixin", "DebuggedApplication"}
    own |= {"run_with_reloader", "has_request_context"}
    names = {name for name in vars(flask_socketio) if not name.startswith("_")} - own
    assert names <= set(transport.__all__)
    methods = {name for name in vars(flask_socketio.SocketIO) if not name.startswith("_")}
    assert transport.SocketIO.reason.CLIENT_DISCONNECT == "client disconnect"
    assert methods - {"reason"} == {
        *("call", "close_room", "emit", "event", "init_app", "on", "on_error", "on_error_default"),
        *("on_event", "on_namespace", "run", "send", "sleep", "start_background_task", "stop"),
        "test_client",
    }
