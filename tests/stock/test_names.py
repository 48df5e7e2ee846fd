"""Every public name of Flask-SocketIO, on the stock library and on the engine."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.stock.conftest import RunApp
from tests.stock.pairs import EXPECTED, OPTIONS, Pair, binary, received, sid
from tests.stock.servers import LIBRARIES, StockServer
from tests.support.node import NodeClients
from tests.support.wait import WAIT_SECONDS, wait_until


@pytest.fixture(params=LIBRARIES)
def server(request: pytest.FixtureRequest, run_app: RunApp) -> StockServer:
    return run_app("names", request.param, **OPTIONS[request.param])


@pytest.fixture
def pair(node: NodeClients, server: StockServer) -> Iterator[Pair]:
    yield Pair(node, server.url)


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


def test_acknowledgements_and_binary_data(pair: Pair) -> None:
    for args in (
        [],
        [1],
        [None],
        [[1, 2]],
        [1, "två", {"a": [True]}],
        [b"\0\xff"],
        [{"x": b""}, b"y"],
    ):
        expected = [] if args in ([], [None]) else args
        answer = pair.one.call("echo", *args)
        expected = _plain(expected)
        assert answer == (expected[0] if len(expected) == 1 else expected)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return binary(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"broadcast": True},
        {"broadcast": True, "include_self": False},
        {"to": "TWO"},
        {"room": "TWO"},
        {"to": "both"},
        {"to": "both", "include_self": False},
        {"to": ["other", "both"]},
        {"to": "both", "skip_sid": "TWO"},
        {"to": "both", "skip_sid": ["ONE", "TWO"]},
        {"to": "nobody"},
        {"broadcast": True, "namespace": "/other"},
        {"broadcast": True, "ignore_queue": True},
    ],
)
def test_emit_and_send(pair: Pair, where: dict[str, Any]) -> None:
    names = {"ONE": sid(pair.one), "TWO": sid(pair.two)}

    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [filled(item) for item in value]
        return names.get(value, value) if isinstance(value, str) else value

    options = {key: filled(value) for key, value in where.items()}
    pair.one.call("rooms", ["both"], [])
    pair.two.call("rooms", ["both", "other"], [])
    for event in ("emit", "server emit"):
        pair.one.emit(
            event,
            event,
            [{"x": [event]}],
            {k: v for k, v in options.items() if event == "emit" or k != "broadcast"},
        )
    for event in ("send", "server send"):
        pair.one.emit(
            event, event, {k: v for k, v in options.items() if event == "send" or k != "broadcast"}
        )
    pair.one.emit("send", {"json": 1}, {"json": True, **options})
    counts = [
        [len(received(client, name)) for name in ("emit", "server emit", "message", "json")]
        for client in pair.both
    ]
    assert counts == EXPECTED[repr(where)]


def test_several_arguments_and_bytes_are_sent(pair: Pair) -> None:
    pair.one.emit("server emit", "x", [[1, {"a": b"\1"}, b""]], {})
    for client in pair.both:
        assert client.wait_for("x") == [[1, {"a": binary(b"\1")}, binary(b"")]]


def test_call_and_callbacks(pair: Pair) -> None:
    assert pair.one.call("call", "ask", "one") == "one"
    assert pair.one.call("call", "ask", [1, b"\2"]) == [1, binary(b"\2")]
    assert pair.one.call("call another", sid(pair.two), 5) == "you"
    assert pair.two.wait_for("ask") == ["you"]
    assert pair.one.call("call another", "unknown", 0.01) == "TimeoutError"
    assert pair.one.call("call all") == "Cannot use call() to broadcast."
    pair.one.emit("emit with callback", 1, "två")
    assert pair.one.wait_for("acknowledged") == [[sid(pair.one), [1, "två"]]]
    assert received(pair.two, "acknowledged") == []


def test_rooms(pair: Pair) -> None:
    assert pair.one.call("rooms", [], []) == [sid(pair.one)]
    assert pair.one.call("rooms", ["a", "b"], ["b", "c"]) == sorted([sid(pair.one), "a"])
    assert pair.one.call("rooms of", sid(pair.two), "a") == sorted([sid(pair.two), "a"])
    assert pair.one.call("close", sid(pair.two), False) == "cannot close a sid room"
    for by_method in (True, False):
        pair.two.call("rooms", ["a"], [])
        assert pair.one.call("close", "a", by_method) == "closed"
        assert [client.call("rooms", [], []) for client in pair.both] == [
            [sid(pair.one)],
            [sid(pair.two)],
        ]


def test_disconnect(pair: Pair) -> None:
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


def test_errors(pair: Pair, node: NodeClients, server: StockServer) -> None:
    assert pair.one.call("fail", "x") == "handled x of fail"
    other = node.connect(server.url, "/other")
    assert other.call("fail", "y") == "handled by default: y"
    nobody = node.connect(server.url, "/nobody")
    nobody.start_call("fail", "not handled", timeout=0.2).exception(WAIT_SECONDS)
    assert nobody.call("anywhere", 1) == ["anywhere", "/nobody", [1]], "and it goes on"
    wait_until(lambda: "LookupError: not handled" in server.log)


def test_catch_all(pair: Pair, node: NodeClients, server: StockServer) -> None:
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


def test_background_tasks_and_threads(pair: Pair) -> None:
    pair.one.emit("task", "x")
    assert pair.two.wait_for("from a task") == ["x for all"]
    pair.one.wait_for("from a task", lambda text: text == "x for you")
    pair.one.emit("thread", "y")
    for client in pair.both:
        assert client.wait_for("from a thread") == ["y"]
    assert pair.two.args_of("from a task") == [["x for all"]]


def test_a_route_emits(pair: Pair, node: NodeClients, server: StockServer) -> None:
    in_class = node.connect(server.url, "/class")
    server.get(f"/emit?data={quote('[1]')}")
    for client in (*pair.both, in_class):
        assert client.wait_for("from a route") == [[1]]


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
