"""A commit that does not end blocks only its own writers, not the event loop."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS
from tests.support.wire import WireClient

GUEST = "a-guest-who-keeps-a-secret"


class Held:
    """A server whose commits do not end until `release`."""

    def __init__(self, server: LiveServer, pool: ThreadPoolExecutor) -> None:
        self.server = server
        self.hold = server.folder / "hold"
        self._pool = pool
        self.hold.touch()

    def start_post(self, text: str, room: str = "lobby") -> "Future[Any]":
        """Post without waiting for the response."""
        path = f"/chat/rooms/{room}/messages"
        body = {"nick": "mos", "text": text}
        return self._pool.submit(self.server.post, path, body)

    def release(self) -> None:
        """Release the commits that are held."""
        self.hold.unlink(missing_ok=True)


@pytest.fixture
def watcher(held_server: LiveServer) -> Iterator[WireClient]:
    """Connect a client, in both rooms, before commits are held."""
    with WireClient(held_server.host, held_server.port) as client:
        client.connect("/chat", {"nick": "watcher", "guest": GUEST})
        for room in ("lobby", "kundtjanst"):
            assert "data" in client.call("/chat", "join", {"room": room})
        yield client


@pytest.fixture
def held_server(make_server: MakeServer) -> LiveServer:
    """Start a server whose commits can be held, with frequent pings."""
    return make_server(entry="held_commits", ping_interval=0.2, ping_timeout=WAIT_SECONDS)


@pytest.fixture
def held(held_server: LiveServer, watcher: WireClient) -> Iterator[Held]:
    """Hold all commits from now on."""
    with ThreadPoolExecutor(8) as pool:
        made = Held(held_server, pool)
        yield made
        made.release()


def test_nothing_blocks_the_loop(held: Held, watcher: WireClient) -> None:
    post = held.start_post("hej")
    pings = watcher.pings
    while watcher.pings < pings + 10:  # two seconds of them
        watcher.pump(WAIT_SECONDS)
    for _ in range(20):
        assert held.server.get("/chat/rooms/lobby/messages").json["data"] == []
        assert "data" in watcher.call("/chat", "members", {"room": "lobby"})
        assert "data" in watcher.call("/chat", "history", {"room": "lobby"})
    assert not post.done(), "nobody is told before it is on disk"
    assert not watcher_events(watcher), "and nothing is shown"
    held.release()
    assert post.result().status == 201
    watcher.wait_event("message", lambda message, rev: message["text"] == "hej")


def test_a_commit_is_published_while_the_next_one_is_held(held: Held, watcher: WireClient) -> None:
    held.release()
    assert held.start_post("first", "kundtjanst").result().status == 201
    held.hold.touch()
    post = held.start_post("second", "lobby")
    watcher.wait_event("message", lambda message, rev: message["text"] == "first")
    changes = held.server.get("/chat/rooms/kundtjanst/changes?since=0").json
    assert [message["text"] for message in changes["data"]] == ["first"]
    assert not post.done()
    held.release()
    assert post.result().status == 201


def test_queued_changes_are_committed_together(held: Held, watcher: WireClient) -> None:
    posts = [held.start_post(f"text {number}") for number in range(6)]
    watcher.emit("/chat", "typing", {"room": "lobby"})
    held.release()
    ids = [post.result().json["data"]["id"] for post in posts]
    assert sorted(ids) == [1, 2, 3, 4, 5, 6]
    watcher.wait_event("message", lambda message, rev: message["id"] == 6)
    revs = [int(event[-1]) for event in watcher_events(watcher)]
    assert revs == sorted(set(revs))


def test_events_of_one_connection_are_committed_in_order(held: Held, watcher: WireClient) -> None:
    for number in range(5):
        watcher.emit("/chat", "post", {"room": "lobby", "text": f"{number}"}, ack_id=number)
    assert "data" in watcher.call("/chat", "members", {"room": "lobby"}), "no wait for the posts"
    assert not watcher_events(watcher)
    held.release()
    assert [watcher.wait_ack(number)["data"]["id"] for number in range(5)] == [1, 2, 3, 4, 5]


def watcher_events(watcher: WireClient) -> list[Any]:
    """Return the messages that the client has received."""
    return [event for event in watcher.events("/chat") if event[0] == "message"]
