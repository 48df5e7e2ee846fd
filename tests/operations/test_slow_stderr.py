"""A standard error that nobody reads: the server goes on, and counts what it drops."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.conftest import MakeServer
from tests.support.server import ROOT, LiveServer
from tests.support.wait import wait_until

MESSAGES = "/chat/rooms/lobby/messages"
DROPPED = "me_api_log_lines_dropped_total"
PIPE_BYTES = 4096


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    return make_server(
        start=False, forked=False, entry="few_log_lines", access_log="json", log_level="info"
    )


@pytest.fixture
def stderr(server: LiveServer) -> Iterator[int]:
    """Start the server with a pipe as its standard error, and return the other end of it."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    server.process = subprocess.Popen(
        [sys.executable, server.entry],
        cwd=ROOT,
        env=server.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=writer,
    )
    os.close(writer)
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
