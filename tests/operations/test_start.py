"""The start and the end of the server's process: a new one, and a forked one, which is as good."""

import signal
import socket
from functools import partial

import pytest

from tests.conftest import MakeServer

MESSAGES = "/chat/rooms/lobby/messages"


@pytest.fixture(params=[False, True], ids=["new", "forked"])
def make(request: pytest.FixtureRequest, make_server: MakeServer) -> MakeServer:
    """Make servers of both kinds."""
    return partial(make_server, forked=request.param)


def test_it_says_where_it_is_and_keeps_what_was_said(make: MakeServer) -> None:
    server = make()
    assert server.log.startswith(f"me-api is at {server.url}\n")
    assert server.post(MESSAGES, {"nick": "mos", "text": "hej"}).status == 201
    server.restart()
    assert [message["text"] for message in server.get(MESSAGES).json["data"]] == ["hej"]
    assert server.log.count("me-api is at") == 2


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -9)]
)
def test_how_it_ends(make: MakeServer, number: int, code: int) -> None:
    server = make()
    assert server.process is not None
    server.process.send_signal(number)
    assert server.wait() == code


def test_a_wrong_setting_ends_the_start_with_one_line(make: MakeServer) -> None:
    server = make(start=False, outbox_bytes="many")
    server.spawn()
    assert server.wait() == 1
    (line,) = server.log.splitlines()
    assert line.startswith("me-api cannot start: ") and "ME_API_OUTBOX_BYTES" in line


def test_an_address_in_use_ends_the_start_with_one_line(make: MakeServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = make(start=False, port=taken.getsockname()[1])
        server.spawn()
        assert server.wait() == 1
    (line,) = server.log.splitlines()
    assert line.startswith("me-api cannot start: ") and "in use" in line
