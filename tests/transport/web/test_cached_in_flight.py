"""A cached response that the client reads slowly, in this process."""

import socket
from contextlib import suppress
from unittest.mock import Mock

import pytest

from me_api.transport.connection.input_budget import InputBudget
from me_api.transport.web.connection import HttpConnection
from me_api.transport.web.deadlines import DeadlineQueue
from me_api.transport.web.in_flight import InFlight
from me_api.transport.web.response_cache import CachedResponse
from me_api.transport.web.shared import Shared
from tests.transport.socket_pairs import SECONDS, turn_until
from tests.transport.web.raw import LAST

RESPONSE = CachedResponse(b"HTTP/1.1 200 OK\r\nDate: ", b"\r\n\r\n" + b"x" * 3_000_000, False)


@pytest.fixture(autouse=True)
def nothing_unexpected() -> None:
    """Replace the fixture that needs a server."""


def make_shared(in_flight: InFlight) -> Shared:
    """Return what a server shares whose cache answers everything."""
    queues = [DeadlineQueue(SECONDS) for _ in range(3)]
    cache = Mock(get=lambda data: RESPONSE)
    return Shared(cache, in_flight, *queues, InputBudget(0), SECONDS, Mock(), Mock(), Mock())


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
