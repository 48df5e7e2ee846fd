"""A standard error that nobody reads: the server goes on, and counts what it drops."""

import fcntl
import os
from collections.abc import Iterator

import pytest

from tests.conftest import MakeServer
from tests.support.forks import ForkServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until

MESSAGES = "/chat/rooms/lobby/messages"
DROPPED = "me_api_log_lines_dropped_total"
PIPE_BYTES = 4096


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    return make_server(start=False, entry="few_log_lines", access_log="json", log_level="info")


@pytest.fixture
def stderr(server: LiveServer, fork_server: ForkServer) -> Iterator[int]:
    """Start the server with a pipe as its standard error, and return the other end of it."""
    os.mkfifo(pipe := server.folder / "stderr")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # It does not wait for the other end.
    os.set_blocking(reader, True)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    server.process = fork_server.start(
        entry=str(server.entry),
        environment=server.environment(),
        log=os.devnull,
        errors=str(pipe),
    )
    try:
        server.wait_ready()
        yield reader
    finally:
        os.close(reader)


def dropped(server: LiveServer) -> float:
    """Return how many lines the server has dropped."""
    lines = server.get("/metrics").body.decode().splitlines()
    (value,) = [line.split()[1] for line in lines if line.startswith(f"{DROPPED} ")]
    return float(value)


def test_the_server_goes_on_and_says_later_how_many_lines_are_missing(
    server: LiveServer, stderr: int
) -> None:
    wait_until(lambda: dropped(server) >= 20)
    for number in range(5):
        sent = {"nick": "mos", "text": f"hej {number}"}
        assert server.post(MESSAGES, sent).status == 201
    before = dropped(server)
    received = b""
    while b"lines were dropped" not in received:
        received += os.read(stderr, 65_536)
    # It is written again.
    reply = server.get(MESSAGES)
    while reply.headers["X-Request-ID"].encode() not in received:
        received += os.read(stderr, 65_536)
    assert received.splitlines()[0].startswith(b"{") and before >= 20


def test_it_ends_although_its_last_lines_are_not_read(server: LiveServer, stderr: int) -> None:
    wait_until(lambda: dropped(server) >= 20)
    server.stop()
