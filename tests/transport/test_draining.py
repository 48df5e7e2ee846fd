"""A server that stops says so at /readyz first, and sends its clients away in batches."""

import signal
from collections.abc import Callable

import pytest

from tests.support.frames import Cut
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.sse import EventStream
from tests.support.wait import wait_until
from tests.support.wire import WireClient


def stop(server: LiveServer, number: int = signal.SIGTERM) -> None:
    assert server.process is not None
    server.process.send_signal(number)


def is_draining(server: LiveServer) -> bool:
    response = server.get("/readyz")
    if response.status == 200:
        return False
    assert (response.status, response.json["errors"][0]["code"]) == (503, "draining")
    return True


def test_it_serves_everything_while_it_is_draining(make_server: Callable[..., LiveServer]) -> None:
    server = make_server(drain=3600)
    with WireClient(server.host, server.port) as before:
        before.connect("/chat", {"nick": "anna"})
        stop(server)
        wait_until(lambda: is_draining(server))
        assert server.get("/healthz").status == 200
        with WireClient(server.host, server.port) as client:
            client.connect("/chat", {"nick": "bert"})
            assert "data" in client.call("/chat", "post", {"room": "lobby", "text": "hej"})
        assert "closing" not in [name for name, *_ in before.events()]
        # The second signal ends the wait.
        stop(server, signal.SIGINT)
        assert before.wait_event("closing")
        before.drain()
        assert server.wait() == 0
        assert "Traceback" not in server.log


def test_by_default_it_does_not_wait(make_server: Callable[..., LiveServer]) -> None:
    server = make_server()
    stop(server)
    assert server.wait() == 0


def test_clients_of_one_batch_leave_while_the_others_are_served(
    make_server: Callable[..., LiveServer],
) -> None:
    server = make_server(entry="held_spread")
    clients = [WireClient(server.host, server.port) for _ in range(25)]
    for number, client in enumerate(clients):
        client.connect("/chat", {"nick": f"client{number}"})
        client.call("/chat", "join", {"room": "lobby"})
    stop(server)
    wait_until(lambda: any(has_left(client) for client in clients))
    left = [client for client in clients if has_left(client)]
    stayed = [client for client in clients if client not in left]
    assert 1 <= len(left) <= 5, "a batch is a fraction of them"
    for client in left:
        assert client.wait_event("closing")[0]["retry_after"] <= 0.2
        assert client.closing is not None
        assert int.from_bytes(client.closing[:2], "big") == 1001
    acked = stayed[0].call("/chat", "post", {"room": "lobby", "text": "hej"})
    assert acked["data"]["text"] == "hej"
    for client in stayed:
        assert client.wait_event("message")[0]["text"] == "hej"
    stop(server, signal.SIGUSR1)
    for client in stayed:
        client.wait_event("closing")
        client.drain()
    for client in left:
        client.abort()
    assert server.wait() == 0
    assert "Traceback" not in server.log


def has_left(client: WireClient) -> bool:
    try:
        client.pump(0.001)
    except TimeoutError:
        return False
    except Cut:
        return True
    return client.closed


def test_every_kind_of_connection_is_closed_in_batches(
    make_server: Callable[..., LiveServer],
) -> None:
    server = make_server(entry="held_spread")
    natives = [NativeClient(server, "/ws/echo") for _ in range(4)]
    streams = [EventStream(server.host, server.port, "/chat/rooms/lobby/stream") for _ in range(4)]
    stop(server)
    stop(server, signal.SIGUSR1)
    for native in natives:
        with pytest.raises(Cut):
            while True:
                native.pump()
        assert native.code == 1001
    for stream in streams:
        with pytest.raises(Cut):
            while True:
                stream.pump(10)
        assert stream.retry is not None and stream.retry <= 200
    assert server.wait() == 0
    assert "Traceback" not in server.log
