"""A server that receives SIGTERM announces it, finishes what it has begun, and exits with 0."""

import signal

import pytest

from tests.support.server import LiveServer
from tests.support.wire import WireClient


@pytest.fixture
def server(make_server) -> LiveServer:
    """Start a server for this test only."""
    return make_server()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_announces_to_its_clients_when_to_reconnect(server: LiveServer, number: int) -> None:
    clients = [WireClient(server.host, server.port) for _ in range(5)]
    for client in clients:
        client.connect("/chat")
        client.wait_event("ready")
    assert server.process is not None
    server.process.send_signal(number)
    delays = []
    for client in clients:
        notice = client.wait_event("closing")
        assert list(notice[0]) == ["retry_after"]
        delays.append(notice[0]["retry_after"])
        client.drain()
    assert server.wait() == 0
    assert all(0 < delay <= 5 for delay in delays)
    assert len(set(delays)) > 1, "they do not all come back at once"
    assert "Traceback" not in server.log


def test_what_was_acknowledged_before_a_shutdown_is_stored(server: LiveServer) -> None:
    with WireClient(server.host, server.port) as client:
        client.connect("/chat", {"nick": "anna"})
        for number in range(50):
            client.emit("/chat", "post", {"room": "lobby", "text": f"{number}"}, ack_id=number)
        client.wait_ack(10)
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        client.drain()
        acks = [packet.data[0]["data"] for packet in client.packets if packet.type == 3]
    assert server.wait() == 0
    server.start()
    stored = server.get("/chat/rooms/lobby/messages?limit=200").json["data"]
    assert [m["id"] for m in stored] == list(range(1, len(stored) + 1))
    assert all(message in stored for message in acks)


def test_the_port_is_free_at_once(server: LiveServer) -> None:
    for _ in range(2):
        server.restart()
    assert server.get("/readyz").status == 200
