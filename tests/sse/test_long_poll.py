"""Long-polls end when a change is committed, at a shutdown, and when the client disconnects."""

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.recovery.scenario import World, save
from tests.sse.conftest import counted
from tests.support.frames import RESET
from tests.support.server import LiveServer
from tests.support.wait import wait_until

WAITING = "me_api_waiting"


class Poll:
    """A long-poll request in flight."""

    def __init__(self, server: LiveServer, path: str) -> None:
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
        self.connection.request("GET", path)

    def answer(self) -> tuple[int, Any]:
        """Read the response: its status and body."""

        response = self.connection.getresponse()
        return response.status, json.loads(response.read())

    def close(self) -> None:
        """Close the connection, if it is open."""
        self.connection.close()


@pytest.fixture
def polls() -> Iterator[list[Poll]]:
    """Return a list of requests, which are closed after the test."""
    kept: list[Poll] = []
    yield kept
    for poll in kept:
        poll.close()


def waiting(server: LiveServer, count: int) -> None:
    """Wait until the server holds this many long-polls."""
    wait_until(lambda: counted(server, WAITING) == count, what=f"{count} waiting")


def test_a_thousand_wait_and_all_are_answered(make_server: MakeServer, polls: list[Poll]) -> None:
    world = World(make_server())
    server, room = world.server, world.room()
    rev = server.get("/readyz").json["data"]["rev"]
    paths = [
        f"/chat/rooms/{room}/changes?since={rev}&wait=60",
        f"/reports/changes?since={rev}&wait=60",
    ]
    polls += [Poll(server, paths[number % 2]) for number in range(1000)]
    waiting(server, 1000)
    message = world.post(room)
    for poll in polls[::2]:
        status, body = poll.answer()
        assert (status, body["data"]) == (200, [message])
        assert body["rev"] >= message["rev"]
    assert counted(server, WAITING) == 500
    save(world, 1)
    report = server.get("/reports/week/1").json["data"]
    for poll in polls[1::2]:
        assert poll.answer()[1]["data"] == [report]
    assert counted(server, WAITING) == 0


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_disconnected_client_is_waited_for_no_longer(
    world: World, polls: list[Poll], how: str
) -> None:
    server = world.server
    rev = server.get("/readyz").json["data"]["rev"]
    polls += [Poll(server, f"/chat/rooms/lobby/changes?since={rev}&wait=60") for _ in range(20)]
    waiting(server, 20)
    for poll in polls[5:]:
        if how == "reset":
            poll.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        poll.close()
    waiting(server, 5)
    message = world.post("lobby")
    for poll in polls[:5]:
        assert poll.answer()[1]["data"] == [message]
    assert "Traceback" not in server.log


def test_a_request_sent_ahead_waits_for_its_turn(world: World, polls: list[Poll]) -> None:
    server = world.server
    rev = server.get("/readyz").json["data"]["rev"]
    poll = Poll(server, f"/chat/rooms/lobby/changes?since={rev}&wait=60")
    polls.append(poll)
    waiting(server, 1)
    poll.connection.sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert counted(server, WAITING) == 1
    message = world.post("lobby")
    data = b""
    while b'"status":"ok"' not in data:
        more = poll.connection.sock.recv(65_536)
        assert more, data
        data += more
    assert data.index(f'"rev":{message["rev"]}'.encode()) < data.index(b'"status":"ok"')


def test_at_a_shutdown_all_are_answered(make_server: MakeServer, polls: list[Poll]) -> None:
    server = make_server()
    polls += [Poll(server, "/chat/rooms/lobby/changes?since=0&wait=60") for _ in range(200)]
    polls += [Poll(server, "/reports/changes?since=0&wait=60") for _ in range(200)]
    waiting(server, 400)
    server.stop()
    for poll in polls:
        status, body = poll.answer()
        assert (status, body["data"], body["rev"], body["more"]) == (200, [], 0, False)
    assert "Traceback" not in server.log


def test_a_room_that_closes_meanwhile_is_not_read(world: World, polls: list[Poll]) -> None:
    room = world.room()
    rev = world.server.get("/readyz").json["data"]["rev"]
    polls.append(Poll(world.server, f"/chat/rooms/{room}/changes?since={rev}&wait=60"))
    waiting(world.server, 1)
    world.set_guests(room, "none")
    world.post(room, "a secret")
    status, body = polls[0].answer()
    assert (status, body["errors"][0]["code"]) == (403, "members_only")
