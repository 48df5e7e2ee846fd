"""A process with a low limit of open files warns, and survives reaching the limit."""

import socket

from tests.conftest import MakeServer
from tests.support.wait import wait_until

ALLOWED = 64
"""As `tests/entries/few_files.py` has it."""


def test_startup_warns_of_a_low_limit(make_server: MakeServer) -> None:
    server = make_server(entry="few_files", forked=False)
    warnings = [line for line in server.log.splitlines() if "WARNING" in line]
    assert len(warnings) == 1
    assert f"at most about {ALLOWED - 32} clients fit: ulimit -n is {ALLOWED}" in warnings[0]


def test_startup_does_not_warn_of_a_high_limit(make_server: MakeServer) -> None:
    assert "WARNING" not in make_server().log


def test_connections_over_the_limit_are_only_delayed(make_server: MakeServer) -> None:
    server = make_server(entry="few_files", forked=False)
    crowd = [socket.create_connection((server.host, server.port)) for _ in range(2 * ALLOWED)]
    wait_until(lambda: "a connection waits to be accepted" in server.log, 20, "running out")
    for one in crowd:
        one.close()
    wait_until(lambda: server.get("/healthz").status == 200, 20, "answering again")
