"""A process that may open few files says so, and outlives that they are all in use."""

import socket

from tests.conftest import MakeServer
from tests.support.wait import wait_until

ALLOWED = 64
"""As `tests/entries/few_files.py` has it."""


def test_the_start_warns_of_few_open_files(make_server: MakeServer) -> None:
    server = make_server(entry="few_files", forked=False)
    warnings = [line for line in server.log.splitlines() if "WARNING" in line]
    assert len(warnings) == 1
    assert f"at most about {ALLOWED - 32} clients fit: ulimit -n is {ALLOWED}" in warnings[0]


def test_the_start_is_silent_where_many_are_allowed(make_server: MakeServer) -> None:
    assert "WARNING" not in make_server().log


def test_all_files_in_use_is_a_delay(make_server: MakeServer) -> None:
    server = make_server(entry="few_files", forked=False)
    crowd = [socket.create_connection((server.host, server.port)) for _ in range(2 * ALLOWED)]
    wait_until(lambda: "a connection waits to be accepted" in server.log, 20, "running out")
    for one in crowd:
        one.close()
    wait_until(lambda: server.get("/healthz").status == 200, 20, "answering again")
