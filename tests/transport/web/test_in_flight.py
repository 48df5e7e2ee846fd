"""Requests in flight when the server shuts down."""

from unittest.mock import Mock

import eventlet
import pytest

from me_api.transport import shutdown
from me_api.transport.web.in_flight import InFlight
from tests.transport.socket_pairs import SECONDS, turn

TURNS = 100


def test_shutdown_waits_for_the_responses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A response may take many turns of the loop, as many as its client needs to read it."""
    monkeypatch.setattr(shutdown, "DRAIN_SECONDS", SECONDS)
    in_flight, responded = InFlight(), []

    def respond() -> None:
        with in_flight:
            for _ in range(TURNS):
                eventlet.sleep(0)
            responded.append(True)

    for _ in range(2):
        eventlet.spawn(respond)
    turn()
    in_flight.stop()
    registry = Mock(streams=set(), websockets=set())
    shutdown.close_connections(Mock(peers={}, eio=Mock(registry=registry)), in_flight, spread=False)
    assert len(responded) == 2
