"""The server survives a locked database, a full disk, and a read-only file."""

import resource
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.support.http import Reply
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import Refused, WireClient

MESSAGES = "/chat/rooms/lobby/messages"
SHARED_MEMORY = 32_768
"""Bytes of SQLite's -shm file, which must be created even on a full disk."""


@pytest.fixture
def client(server: LiveServer) -> Iterator[WireClient]:
    """Connect a client that joins the lobby."""
    with WireClient(server.host, server.port) as made:
        made.connect("/chat", {"nick": "anna"})
        assert "data" in made.call("/chat", "join", {"room": "lobby"})
        yield made


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Create threads for requests that wait for their responses."""
    with ThreadPoolExecutor(8) as made:
        yield made


class Lock:
    """A write transaction of another process that does not end."""

    def __init__(self, server: LiveServer) -> None:
        self._connection = sqlite3.connect(server.database, isolation_level=None, timeout=10)
        self._connection.execute("BEGIN IMMEDIATE")

    def release(self) -> None:
        """End the transaction that blocks the others."""
        self._connection.close()


@pytest.fixture
def lock(server: LiveServer, client: WireClient) -> Iterator[Lock]:
    """Lock the database after the client has connected."""
    made = Lock(server)
    yield made
    made.release()


def post(server: LiveServer, text: str = "hej") -> Reply:
    return server.post(MESSAGES, {"nick": "mos", "text": text})


def texts(server: LiveServer) -> list[str]:
    """Return all texts of the lobby."""
    return [message["text"] for message in server.get(f"{MESSAGES}?limit=200").json["data"]]


def check_unavailable(body: Any) -> None:
    """Check that an error is `storage_unavailable`, in the envelope of all errors."""
    assert [(e["status"], e["code"]) for e in body["errors"]] == [(503, "storage_unavailable")]
    assert body["errors"][0]["title"] == "Service Unavailable"


class TestALockThatIsReleasedInTime:
    """Writers only wait for it."""

    @pytest.fixture
    def server(self, make_server: MakeServer) -> LiveServer:
        """Start a server that waits for as long as the machine may be busy."""
        return make_server(entry="patient")

    def test_only_writers_are_delayed(
        self, server: LiveServer, client: WireClient, lock: Lock, pool: ThreadPoolExecutor
    ) -> None:
        posted = pool.submit(post, server, "over REST")
        client.emit("/chat", "post", {"room": "lobby", "text": "over a socket"}, ack_id=1)
        assert server.get(MESSAGES).status == 200
        assert "data" in client.call("/chat", "members", {"room": "lobby"})
        assert not posted.done()
        lock.release()
        assert posted.result().status == 201
        assert client.wait_ack(1)["data"]["text"] == "over a socket"
        assert sorted(texts(server)) == ["over REST", "over a socket"]


class TestALockThatStays:
    """What happens when the committer has waited long enough."""

    @pytest.fixture
    def server(self, make_server: MakeServer) -> LiveServer:
        """Start a server that waits half a second for the lock."""
        return make_server(entry="short_busy_timeout")

    def test_all_writers_fail_but_no_readers(
        self, server: LiveServer, client: WireClient, lock: Lock, pool: ThreadPoolExecutor
    ) -> None:
        posted = pool.submit(post, server, "lost")
        client.emit("/chat", "post", {"room": "lobby", "text": "lost"}, ack_id=1)
        assert "data" in client.call("/chat", "history", {"room": "lobby"}), "others go on"
        check_unavailable(client.wait_ack(1))
        reply = posted.result()
        assert reply.status == 503
        check_unavailable(reply.json)
        lock.release()
        assert post(server, "again").status == 201
        assert texts(server) == ["again"], "what was refused was not stored"
        client.wait_event("message", lambda message, rev: message["text"] == "again")


def limit_files(server: LiveServer, size: int) -> None:
    """Limit the size of the running server's files, which has the effect of a full disk."""
    assert server.process is not None
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))


def test_a_full_disk_fails_writers_until_there_is_space(
    server: LiveServer, client: WireClient
) -> None:
    acknowledged = []

    def write(text: str) -> int:
        status = post(server, text).status
        if status == 201:
            acknowledged.append(text)
        return status

    assert {write(f"before {number}") for number in range(10)} == {201}
    limit_files(server, SHARED_MEMORY)
    wait_until(lambda: write("full") == 503, what="a full disk")
    answer = client.call("/chat", "post", {"room": "lobby", "text": "x" * 4000})
    check_unavailable(answer)
    check_unavailable(post(server, "x" * 4000).json)
    assert texts(server) == acknowledged, "messages can still be read"
    limit_files(server, resource.RLIM_INFINITY)
    assert write("after") == 201
    assert client.call("/chat", "post", {"room": "lobby", "text": "socket"})["data"]["id"]
    acknowledged.append("socket")
    server.restart(kill=True)
    assert texts(server) == acknowledged, "what was acknowledged is stored, and nothing else"
    ids = [message["id"] for message in server.get(f"{MESSAGES}?limit=200").json["data"]]
    assert ids == list(range(1, len(acknowledged) + 1))


def test_a_read_only_database_can_be_read_and_fails_writers(make_server: MakeServer) -> None:
    server = make_server()
    assert post(server, "before").status == 201
    server.stop()
    writable = server.settings["database_url"]
    server.settings["database_url"] = f"sqlite:///file:{server.database}?mode=ro&uri=true"
    server.spawn()
    server.wait_alive()
    reply = post(server, "hej")
    assert reply.status == 503
    check_unavailable(reply.json)
    assert texts(server) == ["before"]
    with WireClient(server.host, server.port) as client, pytest.raises(Refused) as refused:
        client.connect("/chat", {"nick": "anna"})
    assert refused.value.data["data"]["code"] == "storage_unavailable"
    server.settings["database_url"] = writable
    server.restart()
    assert post(server, "after").status == 201
    assert texts(server) == ["before", "after"]
