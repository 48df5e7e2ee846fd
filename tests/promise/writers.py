"""Writers that retry until they are acknowledged, over every interface, whatever breaks."""

import http.client
import secrets
import threading
from collections.abc import Callable
from typing import Any

import socketio.exceptions

from tests.recovery.scenario import Message
from tests.support.node import NodeClient, NodeError
from tests.support.python_client import PythonClient
from tests.support.server import LiveServer
from tests.support.wire import WireClient

ACK_SECONDS = 3.0
"""Seconds without an ack after which a writer tries again."""
PAUSE = 0.02
"""Seconds between two attempts, as a polite client leaves."""

LOST = (OSError, http.client.HTTPException, NodeError, socketio.exceptions.SocketIOError)
"""What an attempt may end with when the server is killed; nothing is known then."""

Attempt = Callable[[dict[str, Any]], Any]


class Writer:
    """Posts one message after the other; each has a key, and is retried until acknowledged."""

    def __init__(
        self,
        name: str,
        rooms: list[str],
        attempt: Attempt,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.close = close
        self.acknowledged: list[Message] = []
        self._rooms = rooms
        self._attempt = attempt

    def run(self, stop: threading.Event) -> None:
        """Write until `stop` is set; the last message is acknowledged, too."""
        while not stop.is_set():
            number = len(self.acknowledged)
            room = self._rooms[number % len(self._rooms)]
            text = f"{self.name} {number}"
            answer = self._insist({"room": room, "text": text, "key": secrets.token_hex(8)})
            assert (answer["room"], answer["text"]) == (room, text)
            self.acknowledged.append(answer)

    def _insist(self, body: dict[str, Any]) -> Message:
        while True:
            try:
                answer = self._attempt(body)
            except LOST:
                threading.Event().wait(PAUSE)
                continue
            if "data" in answer:
                message: Message = answer["data"]
                return message
            assert answer["errors"][0]["code"] == "storage_unavailable", answer


def rest_writer(server: LiveServer, name: str, rooms: list[str]) -> Writer:
    """Make a writer that uses REST."""
    secret = secrets.token_hex(16)

    def attempt(body: dict[str, Any]) -> Any:
        path = f"/chat/rooms/{body['room']}/messages"
        sent = {"text": body["text"], "nick": name}
        headers = {"Idempotency-Key": body["key"]}
        reply = server.post(path, sent, headers=headers, guest=secret, timeout=ACK_SECONDS)
        return reply.json

    return Writer(name, rooms, attempt)


def stock_writer(client: NodeClient | PythonClient, name: str, rooms: list[str]) -> Writer:
    """Make a writer on a stock client, which reconnects by itself."""
    return Writer(name, rooms, lambda body: client.call("post", body, timeout=ACK_SECONDS))


def wire_writer(server: LiveServer, name: str, rooms: list[str]) -> Writer:
    """Make a writer that opens a new session after each lost connection."""
    auth = {"nick": name, "guest": secrets.token_hex(16)}
    client: WireClient | None = None

    def attempt(body: dict[str, Any]) -> Any:
        nonlocal client
        try:
            if client is None:
                client = WireClient(server.host, server.port)
                client.connect(auth=auth, timeout=ACK_SECONDS)
            return client.call("/chat", "post", body, timeout=ACK_SECONDS)
        except LOST:
            close()
            raise

    def close() -> None:
        nonlocal client
        if client is not None:
            client.abort()
            client = None

    return Writer(name, rooms, attempt, close)
