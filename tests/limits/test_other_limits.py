"""What else may be done only so often: rooms, joining, typing, searching, exporting."""

from typing import Any

import pytest

from tests.chat.clients import ChatClient, Room, faults, make_token
from tests.conftest import MakeServer
from tests.limits.senders import forwarded, refusals
from tests.support.http import Reply
from tests.support.server import LiveServer
from tests.support.wire import WireClient

LIMITED = [(429, "rate_limited", None)]
FULL = [(409, "too_many_rooms", None)]


def create(server: LiveServer, name: str, token: str) -> Reply:
    return server.post("/chat/rooms", {"name": name}, token=token)


def test_a_user_creates_rooms_slowly(make_server: MakeServer) -> None:
    server = make_server(rate_limits="on")
    anna, bo = make_token(server, "anna"), make_token(server, "bo")
    replies = [create(server, f"room{number}", anna) for number in range(31)]
    assert {reply.status for reply in replies[:30]} == {201}
    assert faults(replies[30]) == LIMITED
    assert create(server, "other", bo).status == 201
    assert refusals(server)["room"] == 1


def test_there_are_only_so_many_rooms(make_server: MakeServer) -> None:
    server = make_server(room_limit=4, rooms="lobby,attic")
    anna, owner = make_token(server, "anna"), make_token(server, "owner", "owner")
    assert [create(server, f"room{n}", anna).status for n in range(2)] == [201, 201]
    assert faults(create(server, "one-too-many", anna)) == FULL
    assert faults(create(server, "lobby", anna)) == [(409, "room_exists", None)]
    assert create(server, "one-more", owner).status == 201
    assert faults(create(server, "one-too-many", anna)) == FULL
    assert refusals(server)["rooms"] == 2
    assert len(server.get("/chat/rooms").json["data"]) == 5


def test_joining_and_leaving_are_limited(make_server: MakeServer) -> None:
    """Each is a write, and sends an event to all others in the room."""
    server = make_server(rate_limits="on", rates="join=0.01/10")
    with ChatClient(server) as client:
        client.connect("/chat", {"nick": "anna"})
        for _ in range(5):
            client.join(Room(server, "lobby"))
            assert "data" in client.do("leave", room="lobby")
        answer = client.do("join", room="lobby")
        assert faults(answer) == LIMITED and answer["retry_after"] >= 1
        assert faults(client.do("leave", room="lobby")) == LIMITED
        assert "data" in client.do("post", room="lobby", text="hej"), "the connection goes on"
        assert "data" in client.do("changes", room="lobby"), "reading is not limited"


def test_reading_what_was_missed_is_no_joining(make_server: MakeServer) -> None:
    server = make_server(rate_limits="on", rates="join=0.01/1")
    room = Room(server, "lobby")
    for number in range(5):
        room.say(f"{number}")
    with ChatClient(server) as client:
        client.connect("/chat", {"nick": "anna"})
        since, more = 0, True
        while more:
            page = client.join(room, since=since, limit=1)
            since, more = page["rev"], page["more"]
        assert since == 5


def test_typing_is_limited_for_an_address(make_server: MakeServer) -> None:
    server = make_server(rate_limits="on", rates="address_typing=0.01/5")
    clients = [ChatClient(server) for _ in range(6)]
    answers = []
    for number, client in enumerate(clients):
        client.connect("/chat", {"nick": f"nick{number}"})
        answers.append(client.do("typing", room="lobby"))
        client.abort()
    assert answers[:5] == [{"data": None}] * 5
    assert faults(answers[5]) == LIMITED


@pytest.mark.parametrize(
    ("limit", "path"), [("search", "/chat/search?q=hej"), ("export", "/chat/rooms/lobby/export")]
)
def test_reading_that_is_slow_is_limited(make_server: MakeServer, limit: str, path: str) -> None:
    rates = f"{limit}=0.01/2,address_{limit}=0.01/5"
    server = make_server(rate_limits="on", trusted_proxies=1, rates=rates)
    token = make_token(server, "anna")

    def codes(address: str, **caller: Any) -> list[int]:
        return [server.get(path, headers=forwarded(address), **caller).status for _ in range(3)]

    assert codes("192.0.2.1") == [200, 200, 429]
    assert codes("192.0.2.1", guest="a" * 22) == [200, 200, 429]
    assert codes("192.0.2.1", guest="b" * 22) == [200, 429, 429]
    assert codes("192.0.2.1", token=token) == [200, 200, 429]
    assert codes("192.0.2.2", token=token) == [429, 429, 429], "a user is one sender everywhere"
    assert codes("192.0.2.2", token="invalid")[2] in (401, 429)
    assert codes("192.0.2.3") == [200, 200, 429]


def test_what_is_said_in_ready_is_what_is_set(make_server: MakeServer) -> None:
    server = make_server(rate_limits="on", rates="post=0.5/7")
    with WireClient(server.host, server.port) as client:
        client.connect("/chat", {})
        limits = client.wait_event("ready")[0]["limits"]
    assert (limits["posts_per_second"], limits["posts_burst"]) == (0.5, 7)


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("post", "'post' is not written like post=10/30"),
        ("post=10", "'post=10' is not written like post=10/30"),
        ("post=0/30", "'post=0/30' is not written like post=10/30"),
        ("post=1/0", "'post=1/0' is not written like post=10/30"),
        ("post=inf/1", "'post=inf/1' is not written like post=10/30"),
        ("post=-1/1", "'post=-1/1' is not written like post=10/30"),
        ("post=1/1, posts=1/1", "there is no rate 'posts', only post, typing, join, "),
    ],
)
def test_a_wrong_rate_stops_the_start_with_one_line(
    make_server: MakeServer, setting: str, reason: str
) -> None:
    server = make_server(start=False, rates=setting)
    server.spawn()
    assert server.wait() == 1
    (line,) = server.log.splitlines()
    assert line.startswith(f"me-api cannot start: ME_API_RATES: {reason}")
