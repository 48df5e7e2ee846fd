"""Who asks for much at once gets it; who does not take it is not asked what else it wants."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socket import SO_RCVBUF, SOL_SOCKET

import pytest

from tests.conftest import StartServer
from tests.support.frames import TEXT, frame
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient
from tests.transport.assertions import CHAT, LOBBY, SECONDS, connections, joined, message_revs, post
from tests.transport.conftest import numbers
from tests.transport.engineio.test_upgrade import Upgrader
from tests.transport.web.test_http import Poller

LONG = 100_000
BOUND = 500_000
PAGE = 64
"""As many as one page of a replay: more than the kernels take for one that does not read."""
MUCH = {**LOBBY, "limit": PAGE}
SOME = {**LOBBY, "limit": 4}
ENDLESS = 80
ASKED = [("history", SOME), ("history", MUCH), ("join", MUCH)]
"""`join` waits for the disk: its answers come when all have been asked for."""


@pytest.fixture(scope="module")
def narrow_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start a server that keeps little for each client, and has much to tell."""
    made = start_server("answers", message_max_length=LONG, outbox_bytes=BOUND)
    for number in range(PAGE):
        body = {"nick": "mos", "text": f"{number:06}".ljust(LONG, ".")}
        assert made.post("/chat/rooms/lobby/messages", body).status == 201
    yield made
    made.stop()


@pytest.fixture
def server(narrow_server: LiveServer) -> LiveServer:
    """Lend it in place of the usual one."""
    wait_until(lambda: connections(narrow_server) == 0, SECONDS, "everybody leaving")
    return narrow_server


def asked(event: str, body: dict, ack_id: int) -> str:
    return f"42{CHAT},{ack_id}{json.dumps([event, body])}"


@pytest.mark.parametrize(("event", "body"), ASKED)
def test_what_is_asked_for_in_one_piece_is_all_answered(
    server: LiveServer, event: str, body: dict
) -> None:
    with joined(server, f"reader{next(numbers)}") as reader:
        events = [frame(TEXT, asked(event, body, n).encode()) for n in range(5)]
        reader.socket.send_raw(b"".join(events))
        for number in range(5):
            assert "data" in reader.wait_ack(number, SECONDS)
        assert "data" in reader.call(CHAT, "members", LOBBY)


@pytest.mark.parametrize(("event", "body"), ASKED)
def test_what_is_asked_for_in_one_poll_is_all_answered(
    server: LiveServer, event: str, body: dict
) -> None:
    poller = Poller(server)
    assert poller.send(f'40{CHAT},{{"nick":"poller{next(numbers)}"}}') == 200
    poller.wait("42/chat,")
    events = [asked(event, body, number) for number in range(5)]
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(poller.send, *events)
        for number in range(5):
            poller.wait(f"43{CHAT},{number}[")
        assert sending.result(SECONDS) == 200
    assert poller.send("1") == 200


def test_who_takes_no_answer_is_not_asked_what_else_it_wants(server: LiveServer) -> None:
    """All answers together would take hundreds of megabytes."""
    before = memory(server)
    with WireClient(server.host, server.port) as idle, joined(server, "other") as other:
        idle.connect(CHAT, {"nick": "idle"})
        for number in range(ENDLESS):
            idle.emit(CHAT, "history", MUCH, ack_id=number)
        for number in range(20):
            post(other, f"{number}")
        assert memory(server) - before < 60_000_000
        assert connections(server) == 2
        for number in range(ENDLESS):
            assert len(idle.wait_ack(number, SECONDS)["data"]) == PAGE
        assert "data" in idle.call(CHAT, "members", LOBBY)


def test_what_waited_for_a_poll_goes_over_to_a_websocket_whole(server: LiveServer) -> None:
    memory = joined(server, "upgrading")
    memory.abort()
    with joined(server, "poster") as poster:
        sent = [post(poster, f"{n:06}".ljust(LONG, "x")) for n in range(PAGE)]
    upgrader = Upgrader.__new__(Upgrader)
    Poller.__init__(upgrader, server)
    upgrader.path = upgrader.url.replace("polling", "websocket")
    offered = {"pid": memory.memory.pid[CHAT], "offset": memory.memory.offset[CHAT]}
    assert upgrader.send(f"40{CHAT},{json.dumps(offered)}") == 200
    upgrader.poll()
    sock = upgrader.open()
    sock.sock.setsockopt(SOL_SOCKET, SO_RCVBUF, 200_000)
    upgrader.probe(sock)
    sock.send("5")
    upgrader.read(sock, lambda packets: any(p.startswith('42/chat,["ready"') for p in packets))
    assert message_revs(upgrader.packets) == sent
    sock.abort()


def memory(server: LiveServer) -> int:
    """Return the bytes that the server's process holds."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024
