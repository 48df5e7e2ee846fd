"""An upgrade that fails: polling continues, and the server keeps no state of the WebSocket."""

import signal
import socket
from time import monotonic

import pytest

from me_api.transport.connection.flow_control import CLOSE_SECONDS
from me_api.transport.engineio import upgrade
from tests.support.server import LiveServer
from tests.support.wire import WireClient
from tests.transport.assertions import SECONDS, close_codes, message_revs, post
from tests.transport.socket_pairs import turn_until
from tests.transport.upgrader import Upgrader


def still_polls(upgrader: Upgrader, poster: WireClient) -> bool:
    """Return whether each message arrives once, by polling."""
    before = message_revs(upgrader.packets)
    sent = [post(poster, "still polling?") for _ in range(3)]
    while message_revs(upgrader.packets)[-1:] != sent[-1:]:
        upgrader.poll()
    return message_revs(upgrader.packets) == before + sent


def test_a_websocket_that_sends_nothing(upgrader: Upgrader, poster: WireClient) -> None:
    sock = upgrader.open()
    assert still_polls(upgrader, poster)
    sock.abort()


@pytest.mark.parametrize("begun", [False, True])
def test_a_websocket_that_is_cut(upgrader: Upgrader, poster: WireClient, begun: bool) -> None:
    sock = upgrader.open()
    if begun:
        upgrader.probe(sock)
        assert still_polls(upgrader, poster)
    sock.abort()
    assert still_polls(upgrader, poster)
    second = upgrader.open()
    upgrader.probe(second)
    second.send("5")
    rev = post(poster, "on the second")
    upgrader.read(second, lambda packets: rev in message_revs(packets))
    second.abort()


@pytest.mark.parametrize("packet", ["5", "hello", '42/chat,["post",{}]', "2", b"2probe", ""])
def test_a_websocket_that_sends_another_packet(
    upgrader: Upgrader, poster: WireClient, packet: str | bytes
) -> None:
    sock = upgrader.open()
    sock.send(packet)
    assert close_codes(sock)
    assert still_polls(upgrader, poster)


def test_a_websocket_that_does_not_answer_the_close_frame(
    upgrader: Upgrader, poster: WireClient
) -> None:
    sock = upgrader.open()
    start = monotonic()
    sock.send("hello")
    assert close_codes(sock, answers=False)
    assert monotonic() - start >= CLOSE_SECONDS, "it has time to read, and to close"
    assert still_polls(upgrader, poster)


def test_a_second_websocket_replaces_the_first(upgrader: Upgrader, poster: WireClient) -> None:
    first, second = upgrader.open(), upgrader.open()
    assert close_codes(first)
    upgrader.probe(second)
    assert upgrader.poll(), "the end of the first changes nothing for the second"
    second.send("5")
    rev = post(poster, "on the second")
    upgrader.read(second, lambda packets: rev in message_revs(packets))
    second.abort()


@pytest.mark.parametrize("begun", [False, True])
def test_the_websocket_ends_with_the_session(server: LiveServer, begun: bool) -> None:
    upgrader = Upgrader(server, join=False)
    sock = upgrader.open()
    if begun:
        upgrader.probe(sock)
    assert upgrader.send("1") == 200
    assert close_codes(sock)
    assert server.get(upgrader.url).status == 400


def status_of_poll_behind_upgrade(server: LiveServer) -> bytes:
    """Return the status of a poll that the server receives in one turn with the upgrade."""
    assert server.process is not None
    upgrader = Upgrader(server, join=False)
    sock = upgrader.open()
    upgrader.probe(sock)
    with socket.create_connection((server.host, server.port), timeout=SECONDS) as poll:
        poll.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert poll.recv(65_536).startswith(b"HTTP/1.1 200 ")
        server.process.send_signal(signal.SIGSTOP)
        sock.send("5")
        poll.sendall(f"GET {upgrader.url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        server.process.send_signal(signal.SIGCONT)
        response = poll.recv(65_536)
    sock.abort()
    return response[9:12]


def test_a_poll_that_is_overtaken_by_the_upgrade_is_refused(server: LiveServer) -> None:
    """Which of the two is processed first is different each time."""
    assert {status_of_poll_behind_upgrade(server) for _ in range(12)} == {b"400"}


def test_what_follows_a_close_in_one_post_is_dropped(server: LiveServer) -> None:
    upgrader = Upgrader(server, join=False)
    assert upgrader.send("1", "40/chat,", '42/chat,1["members",{"room":"lobby"}]') == 200
    assert server.get(upgrader.url).status == 400


class FakeWebSocket:
    """A WebSocket that records that it was closed."""

    closed = False

    def start(self, owner: object) -> None:
        self.owner = owner

    def close(self) -> None:
        self.closed = True


def test_an_upgrade_that_never_finishes_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade, "PROBE_SECONDS", 0)
    stays, goes = FakeWebSocket(), FakeWebSocket()
    upgrade.UpgradeProbe(None, stays)  # type: ignore[arg-type]
    upgrade.UpgradeProbe(None, goes)  # type: ignore[arg-type]
    stays.owner = "the session: it was upgraded"
    turn_until(lambda: goes.closed)
    assert not stays.closed
