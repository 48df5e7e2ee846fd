"""Polls: how much one returns, and what becomes of the packets if its client is gone."""

import json
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from struct import pack

import pytest

from tests.support.python_client import PythonClient
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until
from tests.support.wire import WireClient
from tests.transport.assertions import CHAT, SECONDS, joined, message_revs, post
from tests.transport.conftest import numbers
from tests.transport.upgrader import Upgrader
from tests.transport.web.test_http import SEPARATOR

MOST = 16
RESET = pack("ii", 1, 0)


def send_poll(upgrader: Upgrader) -> socket.socket:
    """Send a poll on a connection of its own, and read nothing."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(SECONDS)
    sock.connect((upgrader.server.host, upgrader.server.port))
    sock.sendall(f"GET {upgrader.url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return sock


def is_closed(upgrader: Upgrader) -> bool:
    """Return whether the session is closed. A poll of one that is open would wait."""
    return upgrader.send("3") == 400


def test_a_poll_returns_at_most_sixteen_packets(upgrader: Upgrader, poster: WireClient) -> None:
    """F18: the rest comes with the next ones, in order, and nothing twice."""
    sent = [post(poster, f"{number}") for number in range(3 * MOST + 1)]
    sizes = [len(upgrader.poll()) for _ in range(3)]
    upgrader.poll()
    assert sizes == [MOST, MOST, MOST]
    assert message_revs(upgrader.packets) == sent
    assert upgrader.send("1") == 200


def test_what_arrives_between_two_polls_is_behind_what_waits(
    upgrader: Upgrader, poster: WireClient
) -> None:
    """F18: the order is that of arrival."""
    sent = [post(poster, f"{number}") for number in range(MOST + 4)]
    upgrader.poll()
    sent += [post(poster, f"later {number}") for number in range(MOST)]
    while message_revs(upgrader.packets)[-1] != sent[-1]:
        assert len(upgrader.poll()) <= MOST
    assert message_revs(upgrader.packets) == sent


def test_a_python_client_that_only_polls_recovers_forty_messages(
    server: LiveServer, poster: WireClient
) -> None:
    """F18: python-engineio accepts no payload of more than sixteen packets."""
    with joined(server, f"python{next(numbers)}") as before:
        before.abort()
    sent = [post(poster, f"missed {number}") for number in range(40)]
    auth = {"pid": before.memory.pid[CHAT], "offset": before.memory.offset[CHAT]}
    with PythonClient(server.url, auth=auth, transports=("polling",)) as client:
        # The client handles each event in a thread of its own: their order is not that of arrival.
        client.wait_for("message", lambda *_: len(client.args_of("message")) >= 40, timeout=SECONDS)
        assert sorted(int(rev) for _, rev in client.args_of("message")) == sent
        assert len(client.args_of("connect")) == 1, "it was connected all the time"


@pytest.mark.parametrize("reset", [False, True])
def test_a_session_ends_with_the_connection_of_its_waiting_poll(
    server: LiveServer, reset: bool
) -> None:
    """F20b: what came was sent to nobody, and the next poll continued behind it."""
    upgrader = Upgrader(server, join=False)
    sock = send_poll(upgrader)
    assert upgrader.send("3") == 200, "it waits"
    if reset:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.close()
    wait_until(lambda: is_closed(upgrader), SECONDS, "the session being closed")
    reply = server.get(upgrader.url)
    assert (reply.status, reply.json["errors"][0]["code"]) == (400, "unknown_session")


def test_a_client_that_is_gone_before_its_poll_is_served_takes_no_packets(
    server: LiveServer, upgrader: Upgrader, poster: WireClient
) -> None:
    """F20b: packets wait already, so that the poll would return at once."""
    rev = post(poster, "waits for a poll")
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    send_poll(upgrader).close()
    server.process.send_signal(signal.SIGCONT)
    reply = server.get(upgrader.url)
    # Either the poll was not served at all, or the session has ended.
    assert reply.status == 400 or rev in message_revs(reply.body.decode().split(SEPARATOR))


def test_a_poller_that_was_closed_recovers_by_its_pid(
    server: LiveServer, upgrader: Upgrader, poster: WireClient
) -> None:
    """F20b: nothing that was sent is lost."""
    connect = next(packet for packet in upgrader.packets if packet.startswith("40/chat,"))
    ready = next(packet for packet in upgrader.packets if '["ready"' in packet)
    auth = {"pid": json.loads(connect[8:])["pid"], "offset": json.loads(ready[8:])[-1]}
    send_poll(upgrader).close()
    sent = [post(poster, "missed") for _ in range(3)]
    back = Upgrader.__new__(Upgrader)
    super(Upgrader, back).__init__(server)
    assert back.send(f"40/chat,{json.dumps(auth)}") == 200
    back.wait('42/chat,["ready"')
    assert message_revs(back.packets) == sent


def test_two_polls_at_once_close_the_session(server: LiveServer) -> None:
    """F20c: a session has one poll at a time."""
    upgrader = Upgrader(server, join=False)
    with ThreadPoolExecutor(2) as pool:
        polls = [pool.submit(server.get, upgrader.url, timeout=SECONDS) for _ in range(2)]
        first, second = sorted((poll.result(SECONDS) for poll in polls), key=lambda r: r.status)
    assert (first.status, first.body) == (200, b"1"), "CLOSE"
    assert (second.status, second.json["errors"][0]["code"]) == (400, "protocol_violation")
    assert server.get(upgrader.url).status == 400


def test_two_posts_at_once_close_the_session(server: LiveServer) -> None:
    """F20c: the body of the first is not complete when the second comes."""
    upgrader = Upgrader(server, join=False)
    with socket.create_connection((server.host, server.port), timeout=WAIT_SECONDS) as first:
        head = f"POST {upgrader.url} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"
        first.sendall(head.encode() + b"4")
        wait_until(lambda: is_closed(upgrader), SECONDS, "the session being closed")
        first.sendall(b"1")
        assert first.recv(65_536).startswith(b"HTTP/1.1 400 ")
    assert server.get(upgrader.url).status == 400


def test_a_violation_ends_the_poll_that_waits(server: LiveServer) -> None:
    """F16: the client learns of it at once, and not by a missing ping."""
    upgrader = Upgrader(server, join=False)
    with send_poll(upgrader) as waiting:
        assert server.get("/healthz").status == 200
        assert upgrader.send("42/chat,{}") == 400
        assert waiting.recv(65_536).endswith(b"\r\n\r\n1")
    assert server.get(upgrader.url).status == 400


def test_an_upgrade_without_a_poll_sends_no_noop(upgrader: Upgrader, poster: WireClient) -> None:
    """F20d: no poll waits that it would end."""
    sock = upgrader.open()
    upgrader.packets.clear()
    upgrader.probe(sock)
    sock.send("5")
    rev = post(poster, "after")
    upgrader.read(sock, lambda packets: rev in message_revs(packets))
    assert "6" not in upgrader.packets
    sock.abort()


def test_a_close_comes_alone(server: LiveServer) -> None:
    """The stock client handles the packets before a CLOSE when it has closed: only when connected
    again, and after it has offered an offset from before them. So it would receive them twice."""
    upgrader = Upgrader(server, join=False)
    with send_poll(upgrader) as poll:
        assert upgrader.send("3") == 200, "it waits"
        violation = "4abc"
        packets = ['42/chat,7["members",{"room":"lobby"}]', violation]
        assert upgrader.send(SEPARATOR.join(packets)) == 400
        answer = poll.recv(65_536).partition(b"\r\n\r\n")[2].decode()
    assert answer.startswith("43/chat,7[")
    assert SEPARATOR not in answer
    assert is_closed(upgrader)


def test_a_close_without_packets_is_sent(server: LiveServer) -> None:
    upgrader = Upgrader(server, join=False)
    with send_poll(upgrader) as poll:
        assert upgrader.send("3") == 200, "it waits"
        assert upgrader.send("4abc") == 400
        assert poll.recv(65_536).endswith(b"\r\n\r\n1")
