"""Acknowledgements, emitting and rooms, on the stock library and on the engine."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.stock.on_both import pair, server
from tests.stock.pairs import EXPECTED, Pair, binary, received, sid
from tests.stock.servers import StockServer
from tests.support.node import NodeClients

__all__ = ["pair", "server"]


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


def test_rooms_are_joined_left_listed_and_closed(pair: Pair) -> None:
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
