"""What waits for clients that ask and do not read is bounded, for all of them together (F24)."""

import json
from abc import ABC, abstractmethod
from contextlib import suppress
from http.client import IncompleteRead

import pytest

from tests.conftest import MakeServer
from tests.support.frames import Cut
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient
from tests.transport.assertions import fill_lobby

CLIENTS = 12
LONG, PAGE = 100_000, 64
ANSWER = LONG * PAGE
"""Bytes: two megabytes more than the kernel takes, so that of ten megabytes for one address, five
clients have room at most."""
HISTORY = ["history", {"room": "lobby", "limit": PAGE}]


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server where ten megabytes may wait for one address."""
    largest = {"message_max_length": LONG, "websocket_max_bytes": ANSWER}
    made = make_server(entry="little_output", **largest)
    fill_lobby(made, PAGE, LONG)
    return made


class Asking(ABC):
    """A client that has asked for much, and reads nothing yet."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.ask()

    @abstractmethod
    def ask(self) -> None:
        """Connect, and send the request."""

    @abstractmethod
    def is_answered(self) -> bool:
        """Read the answer; return False if the connection was closed instead."""

    @abstractmethod
    def close(self) -> None:
        """End the connection, or the session that polls, with the answer unread."""


class OnSocketIO(Asking):
    """Asks for a page of history."""

    def ask(self) -> None:
        self.client = WireClient(self.server.host, self.server.port)
        self.client.connect("/chat", {})
        self.client.emit("/chat", *HISTORY, ack_id=1)

    def is_answered(self) -> bool:
        with suppress(Cut):
            return len(self.client.wait_ack(1)["data"]) == PAGE
        return False

    def close(self) -> None:
        self.client.abort()


class OnWebSocket(Asking):
    """Asks for the echo of a long message."""

    def ask(self) -> None:
        self.client = NativeClient(self.server, "/ws/echo")
        self.client.send("x" * ANSWER)

    def is_answered(self) -> bool:
        with suppress(Cut):
            return len(self.client.wait(bool)) == ANSWER
        return False

    def close(self) -> None:
        self.client.abort()


class ByPolling(Asking):
    """Asks for a page of history, and does not poll."""

    def ask(self) -> None:
        url = "/socket.io/?EIO=4&transport=polling"
        self.url = f"{url}&sid={json.loads(self.server.get(url).body[1:])['sid']}"
        packets = f"40/chat,\x1e42/chat,1{json.dumps(HISTORY)}"
        self.server.post(self.url, body=packets.encode())

    def is_answered(self) -> bool:
        # The connection is also closed amid an answer, if what waits for others takes the room.
        with suppress(IncompleteRead):
            while (reply := self.server.get(self.url)).status == 200:
                if b"43/chat,1[" in reply.body:
                    return True
        return False

    def close(self) -> None:
        self.server.post(self.url, body=b"1")


def slow_clients(server: LiveServer) -> int:
    """Return how many clients were closed because they did not read."""
    lines = server.get("/metrics").body.decode().splitlines()
    counts = [line for line in lines if line.startswith("me_api_slow_clients_total{")]
    return sum(int(float(line.split()[-1])) for line in counts)


@pytest.mark.parametrize("kind", [OnSocketIO, OnWebSocket, ByPolling])
def test_clients_that_do_not_read_their_answers_are_closed_as_slow(
    server: LiveServer, kind: type[Asking]
) -> None:
    """Each took three megabytes for as long as it liked, however many there were."""
    before = slow_clients(server)
    crowd = [kind(server) for _ in range(CLIENTS)]
    wait_until(lambda: slow_clients(server) - before >= CLIENTS - 5, what="the rest being closed")
    assert crowd[0].is_answered(), "the first one has room"
    for client in crowd:
        client.close()
    wait_until(lambda: has_room(server, kind), what="room for others")


def has_room(server: LiveServer, kind: type[Asking]) -> bool:
    """Return whether a client that reads gets its answer."""
    client = kind(server)
    try:
        return client.is_answered()
    finally:
        client.close()
