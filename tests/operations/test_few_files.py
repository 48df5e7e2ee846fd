"""A process with a low limit of open files warns, and survives reaching the limit."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection

from tests.conftest import MakeServer
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until

ALLOWED = 64
"""As `tests/entries/few_files.py` has it."""


@contextmanager
def connected(server: LiveServer, sources: list[str]) -> Iterator[list[socket.socket]]:
    """Connect from each of these addresses, in order; send nothing."""
    with ExitStack() as opened:
        address = server.host, server.port
        yield [
            opened.enter_context(
                socket.create_connection(address, WAIT_SECONDS, source_address=(source, 0))
            )
            for source in sources
        ]


def test_startup_warns_of_a_low_limit(make_server: MakeServer) -> None:
    server = make_server(entry="few_files", forked=False)
    warnings = [line for line in server.log.splitlines() if "WARNING" in line]
    assert len(warnings) == 1
    assert f"at most about {ALLOWED - 32} clients fit: ulimit -n is {ALLOWED}" in warnings[0]


def test_startup_does_not_warn_of_a_high_limit(make_server: MakeServer) -> None:
    assert "WARNING" not in make_server().log


def test_connections_of_one_address_leave_room_for_others(make_server: MakeServer) -> None:
    """F14: silent connections take at most a quarter of the files."""
    server = make_server(entry="few_files", forked=False)
    with connected(server, ["127.0.0.1"] * 2 * ALLOWED) as crowd:
        for request in crowd[: ALLOWED // 2]:
            request.sendall(b"G")
        wait_until(lambda: refused(server) > ALLOWED, what="refusing the rest")
        assert b'"code":"too_many_connections"' in crowd[-1].recv(1000)


def refused(server: LiveServer) -> int:
    """Return how many connections were refused, as another address sees it."""
def test_an_address_has_its_part_of_the_files_that_the_server_may_open(
    make_server: MakeServer,
) -> None:
    """F14: it was a quarter of the limit before the server raised it: usually 256."""
    server = make_server(entry="soft_limit", forked=False)
    with connected(server, ["127.0.0.1"] * ALLOWED):
        assert server.get("/healthz").status == 200
        assert refused(server) == 0


    with closing(
        HTTPConnection(server.host, server.port, source_address=("127.0.0.2", 0))
    ) as other:
        other.request("GET", "/metrics")
        response = other.getresponse()
        assert response.status == 200
        found = re.search(
            rb'me_api_http_errors_total{code="too_many_connections"} (\d+)', response.read()
        )
    return int(found[1]) if found else 0


def test_the_oldest_silent_connections_make_room(make_server: MakeServer) -> None:
    """F14: connections from many addresses, which send nothing, do not shut others out."""
    server = make_server(entry="few_files", forked=False)
    with connected(server, [f"127.0.1.{n}" for n in range(1, 2 * ALLOWED)]) as crowd:
        assert crowd[0].recv(1) == b"", "the oldest is not closed"
        assert server.get("/healthz").status == 200
