"""The upgrade from polling to WebSocket, step by step, with events before, during and after it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest

from tests.support.frames import FrameSocket
from tests.support.server import LiveServer
from tests.support.wire import WireClient
from tests.transport.assertions import SECONDS, close_codes, message_revs, post
from tests.transport.upgrader import Upgrader
from tests.transport.web.test_http import SEPARATOR


@pytest.fixture
def sock(upgrader: Upgrader) -> Iterator[FrameSocket]:
    """Open a WebSocket for the upgrade."""
    made = upgrader.open()
    yield made
    made.abort()


@pytest.mark.parametrize("polls", list(product([False, True], repeat=3)))
def test_nothing_is_lost_or_doubled_or_out_of_order(
    upgrader: Upgrader, poster: WireClient, polls: tuple[bool, bool, bool], sock: FrameSocket
) -> None:
    sent = [post(poster, "before") for _ in range(3)]
    if polls[0]:
        upgrader.poll()
    sent += [post(poster, "on trial") for _ in range(3)]
    upgrader.probe(sock)
    if polls[1]:
        upgrader.poll()
    sent += [post(poster, "tried") for _ in range(3)]
    upgrader.send('42/chat,7["members",{"room":"lobby"}]')
    if polls[2]:
        upgrader.poll()
    sock.send("5")
    sent += [post(poster, "after") for _ in range(3)]
    sock.send('42/chat,8["members",{"room":"lobby"}]')
    upgrader.read(sock, lambda packets: sent[-1] in message_revs(packets))
    upgrader.read(sock, lambda packets: any(p.startswith("43/chat,8") for p in packets))
    assert message_revs(upgrader.packets) == sent
    acks = [packet[8] for packet in upgrader.packets if packet.startswith("43/chat,")]
    assert acks == ["0", "7", "8"]


def test_nothing_is_lost_while_a_client_posts_all_the_time(
    upgrader: Upgrader, poster: WireClient, sock: FrameSocket
) -> None:
    with ThreadPoolExecutor(1) as pool:
        posting = pool.submit(lambda: [post(poster, f"{number}") for number in range(300)])
        for _ in range(10):
            upgrader.poll()
        upgrader.probe(sock)
        upgrader.poll()
        sock.send("5")
        sent = posting.result(SECONDS)
    upgrader.read(sock, lambda packets: sent[-1] in message_revs(packets))
    assert message_revs(upgrader.packets) == sent


def test_the_poll_that_waits_ends_with_the_probe(server: LiveServer) -> None:
    quiet = Upgrader(server, join=False)
    sock = quiet.open()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(quiet.poll)
        quiet.probe(sock)
        assert waiting.result(SECONDS) == ["6"]
        assert quiet.poll() == ["6"], "on the way no poll waits"
    sock.close()


def test_a_poll_that_waits_through_the_upgrade_ends(
    upgrader: Upgrader, poster: WireClient, sock: FrameSocket
) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(upgrader.server.get, upgrader.url, timeout=SECONDS)
        sent = [post(poster, "while it waits") for _ in range(3)]
        sock.send("2probe")
        sock.send("5")
        reply = waiting.result(SECONDS)
    assert reply.status in (200, 400), "it may come too late"
    assert reply.body, "an empty answer is no packet"
    if reply.status == 200:
        upgrader.packets += reply.body.decode().split(SEPARATOR)
    sent.append(post(poster, "after"))
    upgrader.read(sock, lambda packets: sent[-1] in message_revs(packets))
    assert message_revs(upgrader.packets) == sent


def test_once_upgraded_requests_are_refused_and_change_nothing(
    upgrader: Upgrader, poster: WireClient, sock: FrameSocket
) -> None:
    upgrader.probe(sock)
    sock.send("5")
    sock.send('42/chat,9["members",{"room":"lobby"}]')
    upgrader.read(sock, lambda packets: any(p.startswith("43/chat,9") for p in packets))
    assert upgrader.server.get(upgrader.url).status == 400
    assert upgrader.send('42/chat,10["members",{"room":"lobby"}]') == 400
    assert close_codes(upgrader.open()) == [1002]
    rev = post(poster, "still here")
    upgrader.read(sock, lambda packets: rev in message_revs(packets))


def test_the_session_ends_with_its_websocket(upgrader: Upgrader, sock: FrameSocket) -> None:
    upgrader.probe(sock)
    sock.send("5")
    sock.send("1")
    assert close_codes(sock)
    assert upgrader.server.get(upgrader.url).status == 400
