"""A client that does not read costs little, is closed as slow, and recovers everything."""

from collections.abc import Iterator

import pytest

from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient
from tests.transport.assertions import (
    CHAT,
    LOBBY,
    SECONDS,
    answer_on_its_way,
    connections,
    joined,
    message_revs,
    post,
    revs,
)
from tests.transport.conftest import numbers
from tests.transport.engineio.small_buffers import BOUND, LONG, server, small_buffer_server
from tests.transport.upgrader import Upgrader

__all__ = ["server", "small_buffer_server"]

PAGE = 160
"""So many of the longest messages are more than the kernels take for one that does not read."""


@pytest.fixture
def slow(server: LiveServer) -> Iterator[WireClient]:
    """Connect a client that does not read the many messages it is sent."""
    with joined(server, f"slow{next(numbers)}") as made:
        live = post(made, "live from here on")
        made.wait_event("message", lambda _, rev: int(rev) == live, SECONDS)
        made.emit(CHAT, "history", {**LOBBY, "limit": PAGE}, ack_id=1)
        answer_on_its_way(made, 1)
        yield made


@pytest.fixture
def reader(server: LiveServer) -> Iterator[WireClient]:
    """Connect a client that reads everything."""
    with joined(server, f"reader{next(numbers)}") as made:
        yield made


def test_droppable_events_are_dropped_and_no_client_is_closed(
    server: LiveServer, reader: WireClient, slow: WireClient
) -> None:
    for _ in range(100):
        reader.call(CHAT, "typing", LOBBY)
    assert connections(server) == 2
    assert len(slow.wait_ack(1, SECONDS)["data"]) == PAGE
    assert "data" in slow.call(CHAT, "members", LOBBY)
    assert not [args for name, *args in slow.events(CHAT) if name == "typing"]
    reader.call(CHAT, "typing", LOBBY)
    slow.wait_event("typing")


def test_a_client_that_does_not_read_is_closed_and_recovers_everything(
    server: LiveServer, reader: WireClient, slow: WireClient
) -> None:
    assert connections(server) == 2
    sent = [post(reader, "the first it does not read")]
    wait_until(lambda: connections(server) == 1, SECONDS, "the slow one being closed")
    sent += [post(reader, f"{number}") for number in range(20)]
    slow.drain(SECONDS)
    assert slow.closing == b"\x03\xf5slow", "it is told to come back"
    before = [rev for rev in revs(slow) if rev >= sent[0]]
    with WireClient(server.host, server.port, memory=slow.memory) as back:
        answer = back.connect(CHAT)
        assert answer["pid"] == slow.memory.pid[CHAT], "it is recovered"
        back.wait_event("message", lambda _, rev: int(rev) == sent[-1], SECONDS)
        assert before + revs(back) == sent
    reader.wait_event("message", lambda _, rev: int(rev) == sent[-1], SECONDS)
    assert revs(reader)[-len(sent) :] == sent


def test_a_client_that_stops_reading_large_messages_delays_no_other(
    server: LiveServer, reader: WireClient
) -> None:
    """Send more than kernels take: at most the bound waits here, and the rest is for the others."""
    with joined(server, f"stops{next(numbers)}") as stops:
        size, sent = LONG - 100, []
        while connections(server) == 2:
            assert len(sent) * size < 40_000_000, "the server keeps it all"
            sent += [post(reader, "x" * size) for _ in range(5)]
        stops.drain(SECONDS)
        read = revs(stops)
        assert read == sent[: len(read)]
        assert len(read) < len(sent)
        with WireClient(server.host, server.port, memory=stops.memory) as back:
            back.connect(CHAT)
            back.wait_event("message", lambda _, rev: int(rev) == sent[-1], SECONDS)
            assert read + revs(back) == sent
    reader.wait_event("message", lambda _, rev: int(rev) == sent[-1], SECONDS)
    assert revs(reader) == sent


def test_a_poller_that_never_polls_is_closed_at_the_bound(
    server: LiveServer, reader: WireClient
) -> None:
    poller = Upgrader(server)
    assert connections(server) == 2
    for _ in range(BOUND // LONG + 1):
        post(reader, "x" * (LONG - 100))
    assert connections(server) == 1
    assert server.get(poller.url).status == 400


def test_droppable_events_of_a_poller_are_dropped_first(
    server: LiveServer, reader: WireClient
) -> None:
    poller = Upgrader(server)
    sent = [post(reader, "x" * (LONG - 1000)) for _ in range(4)]
    for _ in range(1500):
        reader.emit(CHAT, "typing", LOBBY)
    reader.call(CHAT, "typing", LOBBY, timeout=SECONDS)
    sent.append(post(reader, "x" * (LONG - 1000)))
    found = poller.poll()
    assert not any('"typing"' in packet for packet in found)
    assert message_revs(found) == sent
    assert poller.send("1") == 200
