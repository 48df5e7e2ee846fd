"""nginx-tls.conf on nginx, Caddyfile on Caddy: TLS, every kind of client, addresses, logs."""

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SERVERS, StartServer
from tests.deploy import curl
from tests.deploy.observers import OBSERVER_SECONDS, PythonObserver, observing
from tests.deploy.thread_observers import LongPollObserver
from tests.recovery.scenario import World
from tests.support.http import HttpClient
from tests.support.node import NodeClients
from tests.support.server import LiveServer
from tests.support.tls_site import SITES, TlsSite
from tests.support.wait import wait_until

LOBBY = "/chat/rooms/lobby"
TRANSPORTS = (("polling",), ("websocket",), ("polling", "websocket"))
ID = "X-Request-ID"
SOURCES = {"nginx": ["127.0.0.2", "127.0.0.3"], "Caddy": ["127.0.0.4", "127.0.0.5"]}
"""Addresses of clients, others for each proxy: the server behind both counts what they request."""


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Iterator[LiveServer]:
    made = start_server(
        "behind-tls",
        trusted_proxies=1,
        access_log="json",
        rate_limits="on",
        rates="address_export=0.001/1,post=1000/1000,address_post=1000/1000",
        cors_origins="https://other.example",
    )
    yield made
    made.stop()


@pytest.fixture(scope="module")
def world(server: LiveServer) -> World:
    return World(server)


@pytest.fixture(scope="module", params=SITES)
def proxy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def whole_site(
    server: LiveServer, proxy: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TlsSite]:
    with SITES[proxy](server, tmp_path_factory.mktemp(proxy)) as made:
        yield made


@pytest.fixture
def site(
    whole_site: TlsSite, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> TlsSite:
    """Return the site, whose certificate the clients of this test trust."""
    request.node.stash.setdefault(SERVERS, []).append(whole_site.server)
    for name, value in whole_site.client_environment.items():
        monkeypatch.setenv(name, value)
    return whole_site


@pytest.fixture
def node(site: TlsSite) -> Iterator[NodeClients]:
    """Start Node, which reads only at its start which certificates it trusts."""
    made = NodeClients()
    yield made
    made.end()


def log_lines(server: LiveServer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]


def test_every_kind_of_client(site: TlsSite, node: NodeClients, world: World) -> None:
    room = world.room()
    stock = []
    for transports in TRANSPORTS:
        client = node.connect(site.url, "/chat", transports=list(transports))
        assert client.call("join", {"room": room})["data"]["messages"] == []
        stock.append(client)
    since = site.get("/readyz").json["data"]["rev"]
    with observing() as observers:
        observers.append(curl.CurlObserver(site.url, room, since))
        observers.append(LongPollObserver(site, room, since))
        for transports in TRANSPORTS:
            observers.append(PythonObserver(site.url, room, transports))
        for number in range(5):
            body = {"nick": "mos", "text": f"message {number}"}
            assert site.post(f"/chat/rooms/{room}/messages", body).status == 201
        stored = site.get(f"/chat/rooms/{room}/messages").json["data"]
        assert len(stored) == 5
        for observer in observers:
            name = type(observer).__name__
            wait_until(lambda one=observer: one.messages == stored, OBSERVER_SECONDS, name)
        for client in stock:
            wait_until(lambda one=client: len(one.args_of("message")) == 5)
        used = [client.state()["transport"] for client in stock]
        assert used == ["polling", "websocket", "websocket"]


@pytest.mark.parametrize(
    ("path", "gauge"),
    [(f"{LOBBY}/stream?", "me_api_streams"), (f"{LOBBY}/changes?wait=60&", "me_api_waiting")],
)
def test_what_a_client_leaves_ends_at_the_server(site: TlsSite, path: str, gauge: str) -> None:
    def open_ones() -> float:
        lines = site.server.get("/metrics").body.decode().splitlines()
        (line,) = [line for line in lines if line.startswith(f"{gauge} ")]
        return float(line.split()[1])

    wait_until(lambda: open_ones() == 0)
    since = site.get("/readyz").json["data"]["rev"]
    with closing(site.connection(30)) as connection:
        connection.request("GET", f"{path}since={since}")
        wait_until(lambda: open_ones() == 1)
    wait_until(lambda: open_ones() == 0)


def test_plain_http_is_sent_to_https(site: TlsSite) -> None:
    reply = HttpClient("127.0.0.1", site.tls.plain_port).get(f"{LOBBY}/messages?limit=3")
    assert reply.status == 308
    assert reply.headers["Location"] == f"https://127.0.0.1{LOBBY}/messages?limit=3"
    assert "max-age" in site.get("/healthz").headers["Strict-Transport-Security"]


def test_limits_and_logs_have_the_addresses_of_clients(site: TlsSite, proxy: str) -> None:
    found = []
    for number, source in enumerate(SOURCES[proxy] * 2):
        # What clients say of themselves is not believed.
        said = {"X-Forwarded-For": f"203.0.113.{number}", ID: "mine"}
        reply = site.seen_from(source).get(f"{LOBBY}/export", headers=said)
        found.append(reply)
        request_id = reply.headers[ID]
        assert request_id != "mine" and re.fullmatch("[0-9a-f-]{32,36}", request_id)
        wait_until(lambda each=request_id: each in site.server.log)
        (line,) = [line for line in log_lines(site.server) if line.get("id") == request_id]
        assert (line["address"], line["status"]) == (source, reply.status)
        wait_until(lambda each=request_id: each in site.tls.access_log.read_text())
    assert [reply.status for reply in found] == [200, 200, 429, 429]


def test_sockets_and_streams_have_them_too(site: TlsSite, node: NodeClients) -> None:
    client = node.connect(site.url, "/chat", transports=["websocket"])
    client.call("join", {"room": "lobby"})
    wait_until(lambda: any(line.get("status") == 101 for line in log_lines(site.server)))
    handshakes = [line for line in log_lines(site.server) if line.get("status") == 101]
    assert {line["address"] for line in handshakes} == {"127.0.0.1"}
    assert {len(line["id"]) for line in handshakes} <= {32, 36}


def test_the_server_knows_its_own_origin(site: TlsSite) -> None:
    message = {"text": "hej", "nick": "mos"}
    for origin, status in ((site.url, 201), (site.url.replace("https", "http"), 403)):
        headers = {"Origin": origin}
        assert site.post(f"{LOBBY}/messages", message, headers=headers).status == status


def test_metrics_are_not_for_the_internet(site: TlsSite) -> None:
    assert site.get("/metrics").status == 404
    assert site.server.get("/metrics").status == 200


def test_a_body_that_is_too_large_is_refused_by_the_server(site: TlsSite) -> None:
    # To a client that does not ask, Caddy responds and closes; it may fail before it has read that.
    # So may one that asks, if Caddy has read on before the server, on a busy machine, has refused.
    body = {"text": "x" * 1_100_000, "nick": "mos"}
    url = f"{site.url}{LOBBY}/messages"
    status, answer = wait_until(lambda: curl.post_large(url, body) or (), what="a response")
    assert (status, answer["errors"][0]["code"]) == (413, "request_entity_too_large")


def test_the_proxy_logs_no_query(site: TlsSite) -> None:
    secret = secrets.token_hex(16)
    reply = site.get(f"{LOBBY}/messages?limit=1&token={secret}")
    wait_until(lambda: reply.headers[ID] in site.tls.access_log.read_text())
    assert secret not in site.tls.access_log.read_text()


def test_of_a_server_that_is_down_caddy_logs_no_query(server: LiveServer, tmp_path: Path) -> None:
    secret = secrets.token_hex(16)
    with SITES["Caddy"](server, tmp_path) as site:
        server.stop()
        try:
            path = f"{LOBBY}/messages?token={secret}"
            assert site.get(path, token=secret, guest=secret).status == 502
        finally:
            server.start()
        wait_until(lambda: "connection refused" in site.log.read_text())
        wait_until(lambda: "502" in site.tls.access_log.read_text())
        assert secret not in site.log.read_text() + site.tls.access_log.read_text()
