"""One client for each interface through which messages are posted, all with the same methods."""

import itertools
import json
from abc import ABC, abstractmethod
from typing import Any

from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wire import WireClient

MESSAGES = "/chat/rooms/lobby/messages"


def forwarded(address: str) -> dict[str, str]:
    """Return the header by which a proxy names the address of its client."""
    return {"X-Forwarded-For": address}


class Sender(ABC):
    """Posts to the lobby; `answers` are the responses to them."""

    def __init__(
        self,
        server: LiveServer,
        address: str,
        nick: str | None = None,
        guest: str | None = None,
        token: str | None = None,
    ) -> None:
        self.server = server
        self.headers = forwarded(address)
        given = {"nick": nick, "guest": guest, "token": token}
        self.auth = {name: value for name, value in given.items() if value is not None}
        self.open()

    def open(self) -> None:
        """Connect to the server, if the interface stays open."""
        return

    def close(self) -> None:
        """Close the connection, if there is one."""
        return

    @abstractmethod
    def answers(self, texts: list[str]) -> list[Any]:
        """Post texts as fast as possible; return the message, or the error's envelope, of each."""

    def codes(self, texts: list[str]) -> list[str]:
        """Post texts; return the error code of each, empty for what was stored."""
        answers = self.answers(texts)
        return [body["errors"][0]["code"] if "errors" in body else "" for body in answers]


class RestSender(Sender):
    """Posts over REST, with a request for each text."""

    def answers(self, texts: list[str]) -> list[Any]:
        nick = {"nick": self.auth["nick"]} if "nick" in self.auth else {}
        return [self._post({"text": text, **nick}) for text in texts]

    def _post(self, body: dict[str, str]) -> Any:
        credentials = {name: self.auth.get(name) for name in ("guest", "token")}
        return self.server.post(MESSAGES, body, headers=self.headers, **credentials).json


class NativeSender(Sender):
    """Posts on a native WebSocket."""

    def open(self) -> None:
        query = "&".join(f"{name}={value}" for name, value in self.auth.items())
        self.client = NativeClient(self.server, f"/ws/chat?{query}", headers=self.headers)
        assert self.client.status == 101
        self.keys = itertools.count()

    def close(self) -> None:
        self.client.socket.close()

    def answers(self, texts: list[str]) -> list[Any]:
        keys = [f"{next(self.keys)}" for _ in texts]
        start = len(self.client.messages)
        for text, key in zip(texts, keys, strict=True):
            self.client.say(text, key=key)
        found: dict[str, Any] = {}
        while len(found) < len(keys):
            for body in map(json.loads, self.client.messages[start:]):
                found |= {body["key"]: body} if "key" in body else {}
            start = len(self.client.messages)
            if len(found) < len(keys):
                self.client.pump()
        return [found[key] for key in keys]


class SocketSender(Sender):
    """Posts with Socket.IO in the namespace `/chat`."""

    namespace = "/chat"

    def open(self) -> None:
        self.client = WireClient(self.server.host, self.server.port, headers=self.headers)
        self.client.connect(self.namespace, self.auth)
        self.ids = itertools.count()

    def close(self) -> None:
        self.client.socket.close()

    def answers(self, texts: list[str]) -> list[Any]:
        numbers = [self.start(text) for text in texts]
        return [self.client.wait_ack(number) for number in numbers]

    def start(self, text: str) -> int:
        """Post a text and return the id of its acknowledgement."""
        number = next(self.ids)
        self.client.emit(self.namespace, *self.event(text), ack_id=number)
        return number

    def event(self, text: str) -> tuple[str, Any]:
        return "post", {"room": "lobby", "text": text}


class CourseSender(SocketSender):
    """Posts with Socket.IO in the namespace `/`."""

    namespace = "/"

    def event(self, text: str) -> tuple[str, Any]:
        return "chat message", text


KINDS: list[type[Sender]] = [RestSender, NativeSender, SocketSender, CourseSender]


def refusals(server: LiveServer) -> dict[str, int]:
    """Return how much was refused over each limit, from the metrics."""
    lines = server.get("/metrics").body.decode().splitlines()
    found = [line.split('"') for line in lines if line.startswith("me_api_refused_total{")]
    return {name: int(float(value.strip("} "))) for _, name, value in found}
