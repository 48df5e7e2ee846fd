"""Clients that post: a class for each interface."""

import json
import secrets
from typing import Any, NoReturn

from tests.faults import checker
from tests.faults.clients import ANSWER_SECONDS, LOST, PASSING, StockClient, check_gateway
from tests.faults.poster import Operation, Poster
from tests.support.frames import Cut
from tests.support.http import HttpClient
from tests.support.native import NativeClient


class RestPoster(Poster):
    """Sends each request on a connection of its own; as a guest, or as a user with a token."""

    def __init__(self, server: HttpClient, *given: Any, token: str | None = None) -> None:
        super().__init__(*given)
        self.kind = f"REST, as a {self.name}"
        self._server = server
        self._sender = {"token": token} if token else {"guest": secrets.token_hex(16)}

    def attempt(self, operation: Operation) -> Any:
        body = dict(operation.body)
        path = f"/chat/rooms/{body.pop('room')}/messages"
        if operation.event == "post":
            return self._send("POST", path, body | {"nick": self.name})
        path = f"{path}/{body.pop('id')}"
        return self._send("PATCH" if operation.event == "edit" else "DELETE", path, body or None)

    def _send(self, method: str, path: str, body: Any) -> Any:
        options: dict[str, Any] = {"timeout": ANSWER_SECONDS, **self._sender}
        reply = self._server.request(method, path, body, **options)
        check_gateway(reply.status)
        return reply.json if isinstance(reply.json, dict) else {"status": reply.status}


class StockPoster(Poster):
    """Sends events with a stock socket.io-client."""

    kind = "Socket.IO"

    def __init__(self, stock: StockClient, *given: Any) -> None:
        super().__init__(*given)
        self._stock = stock

    def attempt(self, operation: Operation) -> Any:
        self._stock.take()
        return self._stock.client.call(operation.event, operation.body, timeout=ANSWER_SECONDS)


class NativePoster(Poster):
    """Posts with keys on a native WebSocket, which can neither edit nor delete."""

    kind = "WebSocket"
    can_edit = False

    def __init__(self, server: HttpClient, *given: Any) -> None:
        super().__init__(*given)
        self._server = server
        self._secret = secrets.token_hex(16)
        self._clients: dict[str, NativeClient] = {}

    def attempt(self, operation: Operation) -> Any:
        room, text, key = (operation.body[name] for name in ("room", "text", "key"))
        try:
            client = self._connected(room)
            read = len(client.messages)
            client.send(json.dumps({"text": text, "key": key}))
            answer = client.wait(lambda message: key_of(message) == key, ANSWER_SECONDS, read)
        except LOST:
            self.close()
            raise
        body = json.loads(answer)
        if body.get("event") == "stored":
            return {"data": body["message"]}
        # Of an error, which also has its text under the names of the course's clients.
        return {"errors": body["errors"]}

    def _connected(self, room: str) -> NativeClient:
        if room not in self._clients:
            path = f"/ws/chat?room={room}&nick={self.name}"
            client = NativeClient(self._server, path, "json", {"X-Guest": self._secret})
            if client.status != 101:
                client.abort()
                self._check_handshake(client.status)
            self._clients[room] = client
        return self._clients[room]

    def _check_handshake(self, status: int) -> NoReturn:
        check_gateway(status)
        if status not in PASSING.values():
            self.checker.report(checker.UNEXPECTED, self.name, f"no upgrade: {status}")
        raise Cut(f"no upgrade: {status}")

    def close(self) -> None:
        for client in self._clients.values():
            client.abort()
        self._clients.clear()


def key_of(message: str | bytes) -> Any:
    """Return the key of an answer."""
    return json.loads(message).get("key")
