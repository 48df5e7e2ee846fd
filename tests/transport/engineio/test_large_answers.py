"""Many requests at once are all answered; a client that reads no answers is not read further."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socket import SO_RCVBUF, SOL_SOCKET

import pytest

from tests.support.frames import TEXT, frame
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient
from tests.transport.assertions import (
    CHAT,
    LOBBY,
    SECONDS,
    connections,
    joined,
    message_revs,
    post,
)
from tests.transport.conftest import numbers
from tests.transport.engineio.small_buffers import LONG, server, small_buffer_server
from tests.transport.engineio.test_polls import is_closed, send_poll
from tests.transport.upgrader import Upgrader
from tests.transport.web.test_http import Poller

__all__ = ["server", "small_buffer_server"]

PAGE = 64
"""As many as one page of a replay: more than the kernels take for one that does not read."""
MUCH = {**LOBBY, "limit": PAGE}
SOME = {**LOBBY, "limit": 4}
ENDLESS = 80
ASKED = [("history", SOME), ("history", MUCH), ("join", MUCH)]
"""`join` waits for the disk: its answers come when all have been asked for."""


def asked(event: str, body: dict, ack_id: int) -> str:
    return f"42{CHAT},{ack_id}{json.dumps([event, body])}"


@pytest.mark.parametrize(("event", "body"), ASKED)
def test_requests_sent_in_one_piece_are_all_answered(
    server: LiveServer, event: str, body: dict
) -> None:
    with joined(server, f"reader{next(numbers)}") as reader:
        events = [frame(TEXT, asked(event, body, n).encode()) for n in range(5)]
        reader.socket.send_raw(b"".join(events))
        for number in range(5):
            assert "data" in reader.wait_ack(number, SECONDS)
        assert "data" in reader.call(CHAT, "members", LOBBY)


@pytest.mark.parametrize(("event", "body"), ASKED)
def test_requests_sent_in_one_post_are_all_answered(
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


def test_a_poll_whose_response_cannot_be_sent_ends_the_session(server: LiveServer) -> None:
    """F20b: a part of it is lost with the connection, and would be missing for ever."""
    upgrader = Upgrader(server, join=False)
    assert upgrader.send(asked("history", MUCH, 1)) == 200
    with send_poll(upgrader) as sock:
        assert sock.recv(1)
    wait_until(lambda: is_closed(upgrader), SECONDS, "the session being closed")


def test_a_client_that_reads_no_answers_is_not_read_further(server: LiveServer) -> None:
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


def test_what_waits_for_a_poll_is_moved_to_the_websocket_whole(server: LiveServer) -> None:
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
    """Return the resident memory of the server's process in bytes."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024
