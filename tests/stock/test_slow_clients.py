"""A client of stock handlers that does not read: it is disconnected, and the others go on."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.stock.conftest import RunApp
from tests.stock.servers import ENGINE, StockServer
from tests.stock.test_buttons import PINGS
from tests.support.wire import WireClient
from tests.transport.web.test_http import Poller

LIMIT = 1_048_576
"""The default."""
LARGE = "x" * 100_000
MOST = 40_000_000
"""Bytes that no kernel takes for one client, with the limit."""


@pytest.fixture
def server(run_app: RunApp) -> StockServer:
    return run_app("buttons", ENGINE, **PINGS)


@pytest.fixture
def reader(server: StockServer) -> Iterator[WireClient]:
    """Connect a client that reads everything."""
    with WireClient(server.host, server.port) as made:
        made.connect("/")
        yield made


def received(client: WireClient) -> list[int]:
    """Return the number in each of the messages so far."""
    sent = [body["data"] for name, body in events(client, "my_response")]
    return [data[0] for data in sent if isinstance(data, list)]


def events(client: WireClient, name: str) -> list[list[Any]]:
    """Return the events of a name so far, each with its name and arguments."""
    return [event for event in client.events("/") if event[0] == name]


def broadcast_until_gone(reader: WireClient, sid: str) -> list[int]:
    """Broadcast large messages until a client is disconnected; return their numbers."""
    for number in count(1):
        assert number * len(LARGE) < MOST, "the server keeps it all"
        reader.emit("/", "my_broadcast_event", {"data": [number, LARGE]})
        reader.wait_event("my_response", lambda body, n=number: body["data"][:1] == [n])
        # Clients of other tests may be announced, too.
        if reasons := [reason for _, other, reason in events(reader, "gone") if other == sid]:
            assert reasons == ["transport error"]
            return list(range(1, number + 1))
    raise AssertionError


def test_a_client_that_does_not_read_is_disconnected(
    server: StockServer, reader: WireClient
) -> None:
    with WireClient(server.host, server.port) as slow:
        sid = slow.connect("/")["sid"]
        sent = broadcast_until_gone(reader, sid)
        assert received(reader) == sent
        slow.drain()
        assert slow.closing == b"\x03\xf5slow"
        read = received(slow)
        assert read == sent[: len(read)] and len(read) < len(sent)


def test_a_client_that_does_not_poll_is_disconnected(
    server: StockServer, reader: WireClient
) -> None:
    poller = Poller(server)
    assert poller.send("40") == 200
    sid = json.loads(poller.wait("40").removeprefix("40"))["sid"]
    sent = broadcast_until_gone(reader, sid)
    # One that is too much, and one more until the reader has been told.
    assert len(sent) <= LIMIT // len(LARGE) + 2
    assert received(reader) == sent
    assert server.get(poller.url).status == 400
