"""A server whose lobby has had messages removed."""

import pytest

from tests.chat.clients import Room
from tests.retention.keeping import GUEST, age, keep, wait_pruned
from tests.support.server import LiveServer


@pytest.fixture
def filled(server: LiveServer) -> LiveServer:
    """Fill the lobby with ten messages, of which the first six are old; then remove five."""
    room = Room(server, "lobby")
    for number in range(1, 11):
        room.say(f"nummer {number}", key=f"key-{number}", guest=GUEST)
    age(server, 6)
    keep(server, messages=5)
    wait_pruned(server, 6)
    return server
