"""How the process of the server starts and ends."""

import signal
import socket
from pathlib import Path

import pytest

from tests.conftest import MakeServer

MESSAGES = "/chat/rooms/lobby/messages"


def test_it_says_where_it_is_and_keeps_what_was_said(make_server: MakeServer) -> None:
    server = make_server(forked=False)
    assert server.log.startswith(f"me-api is at {server.url}\n")
    assert server.post(MESSAGES, {"nick": "mos", "text": "hej"}).status == 201
    server.restart()
    assert [message["text"] for message in server.get(MESSAGES).json["data"]] == ["hej"]
    assert server.log.count("me-api is at") == 2


def test_garbage_is_collected_from_when_it_is_ready(make_server: MakeServer) -> None:
    assert "collects garbage: True, frozen: True" in make_server(entry="garbage_collector").log


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -9)]
)
def test_the_exit_code_after_each_signal(make_server: MakeServer, number: int, code: int) -> None:
    server = make_server()
    assert server.process is not None
    server.process.send_signal(number)
    assert server.wait() == code


@pytest.mark.parametrize("forked", [False, True])
def test_a_wrong_setting_ends_the_start_with_one_line(
    make_server: MakeServer, forked: bool
) -> None:
    server = make_server(start=False, forked=forked, outbox_bytes="many")
    server.spawn()
    assert server.wait() == 1
    (line,) = server.log.splitlines()
    assert line.startswith("me-api cannot start: ") and "ME_API_OUTBOX_BYTES" in line


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("redis://127.0.0.1", "with SQLite there is one server"),
        ("http://127.0.0.1", "is none of redis://"),
        ("redis://127.0.0.1?protocol=3", "takes no option protocol"),
    ],
)
def test_a_redis_that_would_not_be_used_ends_the_start_with_one_line(
    make_server: MakeServer, tmp_path: Path, url: str, reason: str
) -> None:
    database = f"sqlite:///{tmp_path / 'me-api.sqlite'}"
    server = make_server(start=False, redis_url=url, database_url=database)
    server.spawn()
    assert server.wait() == 1
    (line,) = server.log.splitlines()
    assert line.startswith("me-api cannot start: ME_API_REDIS_URL") and reason in line


def test_an_address_in_use_ends_the_start_with_one_line(make_server: MakeServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = make_server(start=False, port=taken.getsockname()[1])
        server.spawn()
        assert server.wait() == 1
    (line,) = server.log.splitlines()
    assert line.startswith("me-api cannot start: ") and "in use" in line
