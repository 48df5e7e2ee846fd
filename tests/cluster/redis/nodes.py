"""What nodes with Redis say of themselves, and clients that follow a room at all of them."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.chat.clients import Room
from tests.cluster.conftest import at
from tests.deploy.observers import Observer
from tests.deploy.thread_observers import LongPollObserver, NativeObserver, SseObserver
from tests.recovery.rest_reader import check_order
from tests.support.server import LiveServer
from tests.support.wait import wait_until

Two = tuple[LiveServer, LiveServer]
QUICK = "quick_redis"
LONG = 100_000


def status(server: LiveServer) -> dict[str, Any]:
    """Return what a node says of itself."""
    reply = server.get("/readyz")
    assert reply.status == 200, reply.body
    body: dict[str, Any] = reply.json["data"]
    return body


def says(server: LiveServer, name: str, value: object) -> bool:
    """Return whether a node is ready and says this of itself."""
    reply = server.get("/readyz")
    return reply.status == 200 and bool(reply.json["data"][name] == value)


def wait_doorbell(doorbell: str, *servers: LiveServer) -> None:
    """Wait until these nodes use a doorbell."""
    for server in servers:
        wait_until(lambda one=server: says(one, "doorbell", doorbell), what=doorbell)


def metric(server: LiveServer, name: str, **labels: str) -> float:
    """Return the value of a metric."""
    families = text_string_to_metric_families(server.get("/metrics").body.decode())
    samples = [sample for family in families for sample in family.samples]
    (value,) = [s.value for s in samples if s.name == name and s.labels == labels]
    return float(value)


def carried(server: LiveServer) -> float:
    return metric(server, "me_api_carried_changes_total")


def history(room: Room, rev: int) -> list[dict[str, Any]]:
    """Return all messages of a room, also what other nodes have acknowledged up to `rev`."""
    messages: list[dict[str, Any]] = []
    while True:
        after = messages[-1]["id"] if messages else 0
        page = room.page(f"after={after}&limit=100", headers={"X-Rev": str(rev)})["data"]
        messages += page
        if not page:
            return messages


@contextmanager
def observers(room: Room, *servers: LiveServer) -> Iterator[list[Observer]]:
    """Follow a room at each node with clients of several kinds."""
    since = status(servers[0])["rev"]
    kinds = (SseObserver, NativeObserver, LongPollObserver)
    made: list[Observer] = [kind(server, room.name, since) for server in servers for kind in kinds]
    try:
        yield made
    finally:
        for observer in made:
            observer.close()


def post_while(room: Room, servers: Two, during: Callable[[], object]) -> list[dict[str, Any]]:
    """Post at all nodes while something is done; return the messages, sorted by id."""
    done = threading.Event()

    def post(server: LiveServer) -> list[dict[str, Any]]:
        posted: list[dict[str, Any]] = []
        while not done.wait(0.01):
            text = f"{len(posted)} at {server.port}"
            posted.append(at(server, room).say(text, nick=f"n{server.port}"))
        return posted

    with ThreadPoolExecutor() as pool:
        running = [pool.submit(post, server) for server in servers for _ in range(2)]
        try:
            during()
        finally:
            done.set()
    posted = [message for future in running for message in future.result()]
    return sorted(posted, key=itemgetter("id"))


def check_all(room: Room, made: list[Observer], posted: list[dict[str, Any]]) -> None:
    """Check that REST and all observers have all messages, once, in order, as acknowledged."""
    assert history(room, posted[-1]["rev"]) == posted
    for observer in made:
        wait_until(lambda one=observer: len(one.messages) >= len(posted), what=str(observer))
        check_order(observer.messages)
        assert observer.messages == posted, type(observer).__name__
