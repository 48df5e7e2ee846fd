"""Garbage collection, which blocks all clients, skips what was made at startup."""

from tests.conftest import MakeServer


def test_objects_made_at_startup_are_frozen(make_server: MakeServer) -> None:
    server = make_server(entry="count_frozen", forked=False)
    server.stop()
    _, spared, _, walked = server.log.splitlines()[-1].split()
    assert int(spared) > 20 * int(walked)
