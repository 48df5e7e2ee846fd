"""deploy/nginx.conf on the real nginx: every kind of client, while nodes are killed and stopped."""

import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.conftest import Site
from tests.deploy.curl import CurlObserver
from tests.deploy.observers import (
    OBSERVER_SECONDS,
    Observer,
    PythonObserver,
    StockObserver,
    observing,
)
from tests.deploy.thread_observers import LongPollObserver, NativeObserver, SseObserver
from tests.promise.writers import Writer
from tests.recovery.rest_reader import check_order
from tests.recovery.scenario import Message
from tests.support.http import HttpClient
from tests.support.node import NodeClient, NodeClients
from tests.support.server import LiveServer
from tests.support.wait import wait_until

TRANSPORTS = {"websocket": ["websocket"], "polling": ["polling"], "both": ["polling", "websocket"]}
EACH = 3
"""Stock clients of each kind: with one, chance could send all its requests to one node."""


Break = Callable[[LiveServer], object]


def stock_clients(site: Site, node: NodeClients, room: str) -> list[NodeClient]:
    """Connect stock clients of every kind through nginx, and join the room."""
    clients = [
        node.connect(site.url, "/chat", transports=transports, timeout=5000)
        for transports in TRANSPORTS.values()
        for _ in range(EACH)
    ]
    for client in clients:
        assert client.call("join", {"room": room})["data"]["messages"] == []
    return clients


@contextmanager
def observers(site: Site, clients: list[NodeClient], room: str) -> Iterator[list[Observer]]:
    """Follow the room with clients of every kind that come back by themselves."""
    since = site.get("/readyz").json["data"]["rev"]
    with observing() as made:
        made += [StockObserver(client) for client in clients]
        for kind in (SseObserver, NativeObserver, LongPollObserver):
            for _ in range(EACH):
                made.append(kind(site, room, since))
        yield made


def write(site: Site, room: str, during: Callable[[], object]) -> list[Message]:
    """Post through nginx, with keys, while something is done; return what was acknowledged."""
    writers = [make_writer(site, f"writer-{n}", room) for n in range(2)]
    stop, acknowledged = threading.Event(), []
    with ThreadPoolExecutor(len(writers)) as pool:
        running = [pool.submit(writer.run, stop) for writer in writers]
        try:
            wait_until(lambda: all(writer.acknowledged for writer in writers), 30)
            during()
            before = [len(writer.acknowledged) for writer in writers]
            wait_until(
                lambda: all(
                    future.done() or len(writer.acknowledged) > count + 2
                    for writer, count, future in zip(writers, before, running, strict=True)
                ),
                30,
                "more being acknowledged",
            )
        finally:
            stop.set()
        for future in running:
            future.result(20)
    for writer in writers:
        acknowledged += writer.acknowledged
    return acknowledged


def make_writer(site: Site, name: str, room: str) -> Writer:
    """Make a writer that posts through nginx; what is lost there, or at a node, it sends again."""
    secret = secrets.token_hex(16)

    def attempt(body: dict[str, Any]) -> Any:
        headers = {"Idempotency-Key": body["key"]}
        sent = {"text": body["text"], "nick": name}
        path = f"/chat/rooms/{room}/messages"
        reply = site.post(path, sent, headers=headers, guest=secret, timeout=10)
        if reply.status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT):
            raise ConnectionError("nginx has lost the node")
        return reply.json

    return Writer(name, [room], attempt)


def check(site: Site, room: str, acknowledged: list[Message], made: list[Observer]) -> None:
    """Check that all have all messages, once, in order, and that these are what REST returns."""
    site.world.post(room, "the end")
    stored = site.world.history(room)
    assert [message["id"] for message in stored] == list(range(1, len(stored) + 1))
    assert all(message in stored for message in acknowledged), "acknowledged, and not stored"
    for observer in made:
        # The Python client handles each event in a thread: the last may be handled before others.
        wait_until(
            lambda one=observer: len(one.messages) >= len(stored),
            OBSERVER_SECONDS,
            f"{type(observer).__name__} receiving all up to the last",
        )
        check_order(observer.messages)
        assert observer.messages == stored, type(observer).__name__


def connections(server: LiveServer) -> float:
    """Return how many clients are in the chat at a node."""
    families = text_string_to_metric_families(server.get("/metrics").body.decode())
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == "me_api_connections" and sample.labels["namespace"] == "/chat"
    )


def test_every_kind_of_client(site: Site, node: NodeClients) -> None:
    room = site.world.room()
    clients = stock_clients(site, node, room)
    with observers(site, clients, room) as made:
        assert all(connections(server) for server in site.nodes.values()), "only one node is used"
        since = site.get("/readyz").json["data"]["rev"]
        made.append(CurlObserver(site.url, room, since))
        for transports in (("websocket",), ("polling",), ("polling", "websocket")):
            made.append(PythonObserver(site.url, room, transports))
        acknowledged = write(site, room, lambda: None)
        check(site, room, acknowledged, made)
        states = [client.state()["transport"] for client in clients]
        assert states == ["websocket"] * EACH + ["polling"] * EACH + ["websocket"] * EACH
        for client in clients:
            names = {event.name for event in client.events}
            assert not names & {"disconnect", "connect_error"}, client.events


@pytest.mark.parametrize("name", ["a", "b"])
@pytest.mark.parametrize("end", [LiveServer.kill, LiveServer.stop])
def test_a_node_ends_under_load(site: Site, node: NodeClients, name: str, end: Break) -> None:
    """Clients go on at the other node, and miss nothing."""
    room = site.world.room()
    ending = site.nodes[name]
    clients = stock_clients(site, node, room)
    with observers(site, clients, room) as made:
        wait_until(lambda: connections(ending))
        try:
            acknowledged = write(site, room, lambda: end(ending))
        finally:
            ending.kill()
            ending.start()
        check(site, room, acknowledged, made)
        # Those that were connected to the node that ended.
        again = [state for client in clients for (state,) in client.args_of("connect")[1:]]
        assert again and all(state["recovered"] for state in again)


def test_what_clients_say_of_their_address_is_not_believed(site: Site) -> None:
    """Both nodes allow one export, whatever address a client claims to have."""
    replies = [export(site, number) for number in range(6)]
    assert sorted(set(replies)) == [200, 429]
    assert replies.count(200) <= len(site.nodes)


def test_a_proxy_in_front_is_believed(site: Site, start_nginx: Callable[..., int]) -> None:
    behind = HttpClient("127.0.0.1", start_nginx(outer_proxy="127.0.0.1"))
    assert [export(behind, 100 + number) for number in range(6)] == [200] * 6
    # The server knows its own origin only by what the proxy says.
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "me.example"}
    own = {"Origin": "https://me.example", **said}
    path, message = "/chat/rooms/lobby/messages", {"text": "hej", "nick": "mos"}
    assert behind.post(path, message, headers=own).status == 201
    assert site.post(path, message, headers=own).json["errors"][0]["code"] == "foreign_origin"


def export(client: HttpClient, number: int) -> int:
    headers = {"X-Forwarded-For": f"203.0.113.{number}"}
    return client.get("/chat/rooms/lobby/export", headers=headers).status


def test_what_is_too_large_is_refused_by_the_server(site: Site) -> None:
    reply = site.post("/chat/rooms/lobby/messages", {"text": "x" * 1_100_000, "nick": "mos"})
    assert reply.status == 413
    assert reply.json["errors"][0]["code"] == "request_entity_too_large"
