"""Rate limits: the thirty-first post in a burst is refused, through either interface."""

from collections.abc import Iterator

import pytest

from tests.chat.clients import ChatClient, Room, faults, secret
from tests.conftest import MakeServer
from tests.support.server import LiveServer

LIMITED = [(429, "rate_limited", None)]


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server with rate limits, which forget no post while a test runs."""
    return make_server(rate_limits="on", rates="post=0.001/30")


@pytest.fixture
def anna(server: LiveServer) -> Iterator[ChatClient]:
    """Return a client that is connected as a guest."""
    with ChatClient(server) as client:
        client.connect("/chat", {"nick": "anna", "guest": secret()})
        yield client


def burst(client: ChatClient, count: int) -> list[dict]:
    """Post in a burst and return the acknowledgements."""
    for number in range(count):
        client.emit("/chat", "post", {"room": "lobby", "text": "hej"}, ack_id=number)
    return [client.wait_ack(number) for number in range(count)]


def test_a_burst_on_a_socket_is_limited(server: LiveServer, anna: ChatClient) -> None:
    answers = burst(anna, 40)
    assert ["data" in answer for answer in answers] == [True] * 30 + [False] * 10
    for answer in answers[30:]:
        assert faults(answer) == LIMITED
        assert answer["retry_after"] >= 1
    assert "data" in anna.do("history", room="lobby"), "reading is not limited"
    with ChatClient(server) as other:
        other.connect("/chat", {"nick": "bo"})
        assert "data" in other.do("post", room="lobby", text="hej"), "nor are others"


def test_a_burst_over_rest_is_limited(server: LiveServer) -> None:
    room = Room(server, "lobby")
    replies = [room.post(f"{number}") for number in range(40)]
    assert {reply.status for reply in replies[:30]} == {201}
    for reply in replies[30:]:
        assert faults(reply) == LIMITED
        assert reply.headers["Retry-After"] == str(reply.json["retry_after"])
    assert room.get("/messages").status == 200
    assert room.ids("limit=200") == list(range(1, 31))


def test_what_is_said_in_ready_is_what_is_held(anna: ChatClient, chat_server: LiveServer) -> None:
    with ChatClient(chat_server) as other:
        other.connect("/chat")
        for client, per_second in ((anna, 0.001), (other, 10)):
            limits = client.wait_event("ready")[0]["limits"]
            assert (limits["posts_per_second"], limits["posts_burst"]) == (per_second, 30)
            assert limits["message_length"] == 4000
