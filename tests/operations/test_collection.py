"""Garbage collection has little to walk through, since it stops everybody while it walks."""

from tests.conftest import MakeServer


def test_what_the_start_made_is_not_looked_at_again(make_server: MakeServer) -> None:
    server = make_server(entry="count_frozen", forked=False, measured=False)
    server.stop()
    _, spared, _, walked = server.log.splitlines()[-1].split()
    assert int(spared) > 20 * int(walked)
