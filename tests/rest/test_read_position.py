"""The header X-Rev of a GET: what it accepts, with and without the cache."""

import pytest

from tests.chat.clients import Room
from tests.support.server import LiveServer

PATHS = ("/chat", "/chat/rooms", "/reports", "/chat/rooms/lobby", "/reports/changes")


@pytest.mark.parametrize("path", PATHS)
def test_a_position_that_is_reached_changes_nothing(server: LiveServer, path: str) -> None:
    plain = server.get(path)
    for _ in range(2):
        reply = server.get(path, headers={"X-Rev": "0"})
        assert (reply.status, reply.body) == (plain.status, plain.body)


@pytest.mark.parametrize("path", PATHS)
def test_a_position_beyond_the_end_is_gone(server: LiveServer, path: str) -> None:
    for _ in range(2):
        reply = server.get(path, headers={"X-Rev": "1000000000"})
        assert reply.status == 410
        assert reply.json["errors"][0]["code"] == "beyond_head"
        assert reply.json["rev"] < 1_000_000_000


@pytest.mark.parametrize("value", ["-1", "x", "", "1.0", "9" * 17, "9" * 16])
@pytest.mark.parametrize("path", PATHS)
def test_what_is_no_position_is_invalid(server: LiveServer, path: str, value: str) -> None:
    reply = server.get(path, headers={"X-Rev": value})
    assert reply.status == 422
    assert reply.json["errors"][0]["source"] == "X-Rev"


def test_it_is_for_reading(server: LiveServer, room: Room) -> None:
    reply = server.post(f"{room.url}/messages", {"text": "hej", "nick": "doe"}, headers=FAR)
    assert reply.status == 201
    rev = str(reply.json["data"]["rev"])
    for _ in range(2):
        page = server.get(f"{room.url}/messages", headers={"X-Rev": rev}).json
        assert page["data"][-1]["text"] == "hej"


FAR = {"X-Rev": "1000000000"}
