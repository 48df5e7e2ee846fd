"""Responses that the client reads slowly or not at all, in this process."""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from unittest.mock import Mock

import pytest

from me_api.transport.connection.byte_budget import ByteBudget
from me_api.transport.web.connection import HttpConnection
from me_api.transport.web.deadlines import DeadlineQueue
from me_api.transport.web.encoded_response import EncodedResponse
from me_api.transport.web.in_flight import InFlight
from me_api.transport.web.shared import Shared
from tests.transport.socket_pairs import SECONDS, turn_until
from tests.transport.web.raw import LAST

MAX_OUTPUT = 8_000_000
RESPONSE = EncodedResponse(b"HTTP/1.1 200 OK\r\nDate: ", b"\r\n\r\n" + b"x" * 3_000_000, False)


def make_shared(in_flight: InFlight) -> Shared:
    """Return what a server shares whose cache answers everything."""
    queues = [DeadlineQueue(SECONDS) for _ in range(3)]
    cache = Mock(get=lambda data: RESPONSE)
    budgets = ByteBudget(0), ByteBudget(MAX_OUTPUT)
    return Shared(cache, in_flight, *queues, *budgets, SECONDS, Mock(), Mock(), Mock(), Mock())


def test_a_cached_response_is_in_flight_until_it_is_sent() -> None:
    """A shutdown waited for all responses but these, and cut them."""
    in_flight = InFlight()
    ours, client = socket.socketpair()
    with client:
        ours.setblocking(False)
        client.setblocking(False)
        connection = HttpConnection(ours, ("127.0.0.1", 1), make_shared(in_flight))
        connection.start_reading()
        client.send(LAST)
        turn_until(lambda: connection.serving)
        assert in_flight.count == 1

        def is_sent() -> bool:
            with suppress(BlockingIOError):
                client.recv(65_536)
            return not connection.serving

        turn_until(is_sent)
        assert in_flight.count == 0
        connection.close()


def test_responses_that_are_not_read_take_bounded_memory() -> None:
    """A hundred connections that read nothing took 650 MB, five thousand all there is."""
    shared = make_shared(InFlight())
    pairs = [socket.socketpair() for _ in range(3)]
    connections = []
    for number, (ours, client) in enumerate(pairs):
        ours.setblocking(False)
        connection = HttpConnection(ours, (f"192.0.2.{number // 2}", 1), shared)
        connection.start_reading()
        client.send(LAST)
        turn_until(lambda connection=connection: connection.serving)
        connections.append(connection)
    # The second of the same address is one too many; another address has room.
    assert [connection.closed for connection in connections] == [False, True, False]
    for _, client in pairs:
        client.close()
    turn_until(lambda: all(connection.closed for connection in connections))
    assert shared.output_budget.size == 0


def test_a_cached_response_to_a_client_that_has_read_nothing_for_long() -> None:
    ours, client = socket.socketpair()
    with client:
        ours.setblocking(False)
        connection = HttpConnection(ours, ("127.0.0.1", 1), make_shared(InFlight()))
        before = 0
        with suppress(BlockingIOError):
            while True:
                before += ours.send(b"." * 4096)
        connection.start_reading()
        client.send(LAST)
        turn_until(lambda: connection.serving)
        client.setblocking(False)
        received: list[bytes] = []

        def is_sent() -> bool:
            with suppress(BlockingIOError):
                received.append(client.recv(65_536))
            return not connection.serving

        turn_until(is_sent)
        assert b"".join(received)[before:].startswith(b"HTTP/1.1 200 OK\r\nDate: ")
        connection.close()


def test_a_cached_response_to_a_client_that_is_gone() -> None:
    ours, client = socket.socketpair()
    ours.setblocking(False)
    shared = make_shared(InFlight())
    connection = HttpConnection(ours, ("127.0.0.1", 1), shared)
    client.close()
    connection.data_received(LAST)
    assert connection.closed
    connection.close()
    assert shared.closed.call_count == 1  # type: ignore[attr-defined]


def stop(connection: Any, in_flight: InFlight, client: socket.socket) -> None:
    in_flight.stop()


def leave(connection: Any, in_flight: InFlight, client: socket.socket) -> None:
    client.shutdown(socket.SHUT_WR)
    turn_until(lambda: connection.eof)


def stay(connection: Any, in_flight: InFlight, client: socket.socket) -> None:
    """Return at once: nothing else is to run meanwhile."""


@pytest.mark.parametrize(("happens", "closes"), [(stop, True), (leave, True), (stay, False)])
def test_what_happens_during_a_request_closes_the_connection_after_it(
    happens: Callable[[Any, InFlight, socket.socket], None], closes: bool
) -> None:
    ours, client = socket.socketpair()
    ours.setblocking(False)
    in_flight = InFlight()
    shared = make_shared(in_flight)

    responded: list[bool] = []

    def respond(connection: Any, *_: object) -> bool:
        happens(connection, in_flight, client)
        connection.send_all(b"done")
        responded.append(True)
        return True

    shared.cache = Mock(get=lambda data: None, parse=lambda data: None)
    shared.respond_at_once, shared.respond = Mock(return_value=None), respond
    with client:
        connection = HttpConnection(ours, ("127.0.0.1", 1), shared)
        connection.start_reading()
        client.send(LAST)
        turn_until(lambda: bool(responded) and not connection.serving)
        assert client.recv(100) == b"done"
        assert connection.closed == closes
        if not closes:
            connection.connection_lost()
            assert connection.closed, "the hub cannot poll it"
