"""What the test suites of both protocols do with a server: fetch, and packets on a WebSocket."""

import json
import socket
from collections import deque
from typing import Any

from tests.support.frames import CLOSE, TEXT, FrameSocket
from tests.support.http import Reply
from tests.support.server import LiveServer
from tests.transport.assertions import SECONDS, close_codes

PATH = "/socket.io/"
OPEN_KEYS = {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
VIOLATION = [1002]
"""The code of a close for what a client has sent. A close by ping timeout has 1000."""


class Suite:
    """The server under test, as the suite uses it."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self._sockets: list[FrameSocket] = []

    def fetch(self, query: str, method: str = "GET", body: str | None = None) -> Reply:
        """Send a request with this query."""
        data = None if body is None else body.encode()
        address = f"{PATH}?{query}"
        return self.server.request(method, address, body=data, timeout=SECONDS)

    def open_polling(self) -> str:
        """Open a session, and return the query of its requests."""
        opened = self.fetch("EIO=4&transport=polling")
        return f"EIO=4&transport=polling&sid={json.loads(opened.body[1:])['sid']}"

    def start_poll(self, query: str) -> socket.socket:
        """Send a poll, and return when it waits; its response has to be read from the socket."""
        sock = socket.create_connection((self.server.host, self.server.port), timeout=SECONDS)
        sock.sendall(f"GET {PATH}?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        # Served behind the poll, whose connection came first.
        assert self.server.get("/healthz").status == 200
        return sock

    def websocket(self, query: str = "EIO=4&transport=websocket") -> "SuiteSocket":
        """Open a WebSocket with this query."""
        sock = SuiteSocket(self.server.host, self.server.port, f"{PATH}?{query}")
        self._sockets.append(sock)
        return sock

    def close(self) -> None:
        """Close all WebSockets that were opened."""
        for sock in self._sockets:
            sock.abort()


class SuiteSocket(FrameSocket):
    """A WebSocket whose messages are received one by one."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._waiting: deque[str | bytes] = deque()
        self.pings = 0

    def receive(self, *, ping: bool = False) -> str | bytes:
        """Return the next message; pings are answered and passed over, unless one is wanted."""
        while True:
            while not self._waiting:
                for kind, data in self.messages(SECONDS):
                    assert kind != CLOSE, data
                    self._waiting.append(data.decode() if kind == TEXT else data)
            message = self._waiting.popleft()
            if message != "2" or ping:
                return message
            self.send("3")

    def receive_text(self) -> str:
        """Return the next message, which is a text."""
        message = self.receive()
        assert isinstance(message, str)
        return message

    def closes(self) -> list[int]:
        """Read until the server closes; return its close codes."""
        return close_codes(self)


def check_open(packet: str, upgrades: list[str], server: LiveServer) -> None:
    """Check the packet that opens a session."""
    assert packet.startswith("0")
    value = json.loads(packet[1:])
    assert value.keys() == OPEN_KEYS
    assert isinstance(value["sid"], str)
    assert value["upgrades"] == upgrades
    for name, setting in (("pingInterval", "ping_interval"), ("pingTimeout", "ping_timeout")):
        assert value[name] == server.settings[setting] * 1000  # type: ignore[operator]
    assert value["maxPayload"] == 1_000_000
