"""A PostgreSQL server that is frozen: nothing waits for it for ever, and the loop goes on."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.chat.clients import ChatClient
from tests.conftest import MakeServer
from tests.support.databases import Databases
from tests.support.postgresql import Cluster
from tests.support.server import LiveServer
from tests.support.wait import wait_until

ROOM = "/chat/rooms/lobby/messages"
KEYED = [{"text": text, "nick": "mos", "key": text} for text in ("before", "after")]


def family(pid: int) -> list[int]:
    """Return a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


@contextmanager
def frozen(postgresql: Cluster) -> Iterator[None]:
    """Stop all processes of a PostgreSQL server; the system still accepts for them."""
    assert postgresql.process is not None
    stopped: list[int] = []
    try:
        for pid in family(postgresql.process.pid):
            os.kill(pid, signal.SIGSTOP)
            stopped.append(pid)
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def server(
    make_server: MakeServer, postgresql_databases: Databases, tmp_path: Path
) -> Iterator[LiveServer]:
    """Start a server that waits for PostgreSQL for a second or two."""
    url = postgresql_databases.create(tmp_path)
    made = make_server(entry="short_waits", database_url=url)
    yield made
    made.stop()
    postgresql_databases.drop(url)


def code(server: LiveServer, method: str, path: str, **options: object) -> tuple[int, str]:
    """Send a request; return the status and the error code."""
    reply = server.request(method, path, **options)  # type: ignore[arg-type]
    return reply.status, reply.json["errors"][0]["code"]


def test_every_request_ends_and_the_loop_goes_on(server: LiveServer, postgresql: Cluster) -> None:
    # It waits for so short a time that a busy machine may be too slow, also unfrozen.
    wait_until(lambda: server.post(ROOM, KEYED[0]).status in (200, 201), what="the first post")
    client = ChatClient(server)
    client.connect("/chat", {"nick": "doe"})
    client.wait_event("ready")
    credentials = {"email": "mos@example.com", "password": "a long password"}
    with ThreadPoolExecutor(16) as pool:
        with frozen(postgresql):
            reads = [pool.submit(code, server, "GET", f"{ROOM}?before={n}") for n in range(9, 19)]
            post = pool.submit(code, server, "POST", ROOM, json=KEYED[1])
            login = pool.submit(code, server, "POST", "/login", json=credentials)
            waiting = [*reads, post, login]
            while wait(waiting, timeout=0.2).not_done:
                assert server.get("/healthz").status == 200
            # Of the post, the batch could not be decided.
            assert {sent.result() for sent in waiting} == {(503, "storage_unavailable")}
            refused = client.do("history", room="lobby")["errors"][0]
            assert (refused["status"], refused["code"]) == (503, "storage_unavailable")
        wait_until(lambda: server.get("/readyz").status == 200, what="the server being ready")
        # The live connection is the same, and its client goes on with it.
        joined = wait_until(lambda: client.do("join", room="lobby").get("data"), what="the join")
        assert joined["messages"][0]["text"] == "before"
        wait_until(lambda: server.post(ROOM, KEYED[1]).status in (200, 201), what="the last post")
        client.wait_message("after")
        client.abort()
    assert [message["text"] for message in server.get(ROOM).json["data"]] == ["before", "after"]
    assert "Traceback" not in server.log, server.log
