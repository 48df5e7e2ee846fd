"""Pings on a real server at fractions of a second: silent clients are closed, the others stay."""

from collections.abc import Iterator

import pytest

from me_api.transport.engineio import http
from me_api.transport.engineio.server import EngineIOServer
from tests.conftest import StartServer
from tests.support.proxy import Proxy
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import Cut, WireClient
from tests.transport.assertions import CHAT, LOBBY, SECONDS, connections, joined
from tests.transport.upgrader import Upgrader


@pytest.fixture(scope="module")
def quick_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start a server with a short ping interval, and enough time to answer on a busy machine."""
    made = start_server("pings", ping_interval=0.25, ping_timeout=5)
    yield made
    made.stop()


@pytest.fixture
def server(quick_server: LiveServer) -> LiveServer:
    """Use the server with the short ping interval instead of the default one."""
    return quick_server


class Silent(WireClient):
    """A client that does not answer pings."""

    def _take(self, text: str) -> None:
        if text == "2":
            self.pings += 1
        else:
            super()._take(text)


def read(client: WireClient) -> bool:
    """Read what has arrived, for a short time; return whether the connection has been closed."""
    try:
        client.pump(0.02)
    except TimeoutError:
        pass
    except Cut:
        return True
    return False


def test_a_silent_client_is_closed_and_the_others_stay(server: LiveServer) -> None:
    with joined(server, "lively") as lively:
        with Silent(server.host, server.port) as silent:
            silent.connect(CHAT, {"nick": "silent"})
            assert connections(server) == 2

            def closed() -> bool:
                assert not read(lively), "a client that answers is not closed"
                return read(silent)

            wait_until(closed, SECONDS, "the silent one being closed")
            assert silent.pings == 1, "it gets no second ping"
        assert lively.pings >= 2
        assert connections(server) == 1
        assert "data" in lively.call(CHAT, "members", LOBBY)


def test_a_client_that_is_cut_off_silently_is_removed(server: LiveServer) -> None:
    with Proxy(server.port) as proxy, WireClient("127.0.0.1", proxy.port) as away:
        away.connect(CHAT)
        proxy.pause()
        wait_until(lambda: connections(server) == 0, SECONDS, "it being forgotten")


def test_a_poller_that_does_not_answer_is_closed(server: LiveServer) -> None:
    poller = Upgrader(server)
    wait_until(lambda: connections(server) == 0, SECONDS, "it being closed")
    assert server.get(poller.url).status == 400


def test_a_poller_that_answers_stays(server: LiveServer) -> None:
    poller = Upgrader(server, join=False)
    for _ in range(4):
        while "2" not in poller.poll():
            pass
        assert poller.send("3") == 200
    assert poller.send("1") == 200


@pytest.mark.parametrize(("waits", "lateness", "closed"), [(0, 0, 0), (0, 9, 1), (1, 9, 0)])
def test_a_pong_is_due_by_when_the_ping_was_due(
    waits: int, lateness: float, closed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The protocol's test suite polls when it is: it failed if the server had been late."""
    now = [1000.0]
    monkeypatch.setattr(http, "monotonic", lambda: now[0])
    server = EngineIOServer(
        write_buffer_limit=1024, input_limit=1024, ping_interval=5, ping_timeout=10
    )
    server.on("disconnect", lambda sid, reason: None)
    session = server.sockets["sid"] = http.HttpSession(server, "sid", "")
    session._poll_waits = bool(waits)
    session._ping_state.awaiting = True
    server.registry.keepalive.lateness = lateness
    session.ping()
    for passed, is_closed in ((8.9, 0), (9.1, closed), (10, 1)):
        now[0] = 1000 + passed
        session.check_pong()
        assert session.closed == bool(is_closed), passed
