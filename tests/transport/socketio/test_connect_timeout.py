"""F17: a connection that is in no namespace is closed after the setting's time."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import StartServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient
from tests.transport.assertions import SECONDS, ended_by_close
from tests.transport.conftest import CHAT
from tests.transport.web.test_http import Poller

PROTOCOL_ERROR = 1002
"""A close by ping timeout has another code, and would come after 45 s."""


@pytest.fixture(scope="module")
def impatient_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start a server that waits half a second for CONNECT."""
    made = start_server("impatient", connect_timeout=0.5)
    yield made
    made.stop()


@pytest.fixture
def server(impatient_server: LiveServer) -> LiveServer:
    """Use the impatient server instead of the default one."""
    return impatient_server


@pytest.fixture
def client(server: LiveServer) -> Iterator[WireClient]:
    """Open a connection that is in no namespace."""
    with WireClient(server.host, server.port) as made:
        yield made


def test_a_silent_websocket_is_closed(client: WireClient) -> None:
    assert ended_by_close(client) == [PROTOCOL_ERROR]


def test_a_session_that_polls_is_closed(server: LiveServer) -> None:
    poller = Poller(server)
    assert server.get(poller.url, timeout=SECONDS).body == b"1"
    assert server.get(poller.url).status == 400


def test_one_that_never_polls_is_closed(server: LiveServer) -> None:
    poller = Poller(server)
    wait_until(lambda: poller.send("3") == 400, SECONDS, "the session being closed")


@pytest.mark.parametrize("namespace", ["/nowhere", CHAT])
def test_a_refused_connect_does_not_extend_the_time(client: WireClient, namespace: str) -> None:
    def attempt() -> bool:
        client.send(f'40{namespace},{{"token":"wrong"}}')
        try:
            client.pump(0.05)
        except TimeoutError:
            return False
        return client.closed

    wait_until(attempt, SECONDS, "the connection being closed")
    assert client.closing is not None
    assert client.closing.endswith(b"No CONNECT in time.")


def test_one_that_leaves_its_last_namespace_is_closed(client: WireClient) -> None:
    client.connect(CHAT)
    client.connect("/reports")
    client.disconnect("/reports")
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})
    client.disconnect(CHAT)
    assert ended_by_close(client) == [PROTOCOL_ERROR]


def test_one_that_is_in_a_namespace_stays(server: LiveServer, client: WireClient) -> None:
    client.connect(CHAT)
    for _ in range(2):
        with WireClient(server.host, server.port) as silent:
            assert ended_by_close(silent) == [PROTOCOL_ERROR]
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})


def test_one_that_comes_back_in_time_stays(server: LiveServer, client: WireClient) -> None:
    for _ in range(3):
        client.connect(CHAT)
        client.disconnect(CHAT)
    client.connect(CHAT)
    with WireClient(server.host, server.port) as silent:
        assert ended_by_close(silent) == [PROTOCOL_ERROR]
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})


def test_each_of_many_is_closed(server: LiveServer) -> None:
    with ExitStack() as opened:
        clients = []
        for number in range(50):
            clients.append(opened.enter_context(WireClient(server.host, server.port)))
            if number % 2 == 0:
                clients[-1].connect(CHAT)
        for client in clients[1::2]:
            assert ended_by_close(client) == [PROTOCOL_ERROR]
        for client in clients[::2]:
            assert "data" in client.call(CHAT, "members", {"room": "lobby"})
