"""Requests that are being answered when the server is told to stop."""

from unittest.mock import Mock

import eventlet
import pytest

from me_api.transport import lifecycle
from me_api.transport.web.in_flight import InFlight
from tests.transport.socket_pairs import SECONDS, turn

TURNS = 100


@pytest.fixture(autouse=True)
def nothing_unexpected() -> None:
    """Need no server."""


def test_it_does_not_end_before_they_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many turns of the loop an answer takes: its bytes leave as the client reads."""
    monkeypatch.setattr(lifecycle, "GOODBYE_SECONDS", SECONDS)
    busy, answered = InFlight(), []

    def answer() -> None:
        with busy.request():
            for _ in range(TURNS):
                eventlet.sleep(0)
            answered.append(True)

    for _ in range(2):
        eventlet.spawn(answer)
    turn()
    busy.stop()
    lifecycle.close_connections(
        Mock(peers={}, eio=Mock(registry=Mock(streams=set(), links=set()))), busy
    )
    assert len(answered) == 2
