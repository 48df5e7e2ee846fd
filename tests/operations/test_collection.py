"""Garbage collection, which blocks all clients, skips what was made at startup, and is rare."""

from tests.conftest import MakeServer


def test_objects_made_at_startup_are_frozen_and_those_of_messages_in_flight_are_left(
    make_server: MakeServer,
) -> None:
    server = make_server(entry="count_frozen", forked=False)
    server.stop()
    _, spared, _, walked, _, after, *_ = server.log.splitlines()[-1].split()
    assert int(spared) > 20 * int(walked)
    # More than hundreds of messages in flight have: else each is walked through before it is gone.
    assert int(after) >= 5_000
