"""A server for each test, since the course's clients know only the lobby, and their programs."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.events import EventLog
from tests.support.native import NativeClient
from tests.support.node_process import NodeProcess
from tests.support.server import LiveServer
from tests.support.wire import WireClient

LOBBY = "/chat/rooms/lobby/messages"


class Program(EventLog):
    """A program as students write it, with all that it shows."""

    def __init__(self, kind: str, url: str, name: str) -> None:
        super().__init__(f"{kind} client")
        self._process = NodeProcess("course.mjs", kind, url, name, receive=self._show)
        self.end = self._process.end
        self.type = self._process.send

    def shown(self) -> list[Any]:
        """Return all that was shown, without the notes of connections."""
        return [event.args[0] for event in self.events if event.args[0] != "connected"]

    def wait_shown(self, wanted: Any, since: int = 0) -> None:
        """Wait until the program shows this."""
        self.wait_for("shown", lambda shown: shown == wanted, since=since)

    def _show(self, shown: Any) -> None:
        self.record("shown", [shown])


MakeProgram = Callable[..., Program]
Connect = Callable[..., WireClient]


@pytest.fixture
def run(server: LiveServer) -> Iterator[MakeProgram]:
    """Return a function that runs a program against the server."""
    with ExitStack() as stack:

        def start(kind: str, name: str = "") -> Program:
            program = Program(kind, server.url, name)
            stack.callback(program.end)
            program.wait_shown("connected")
            return program

        yield start


@pytest.fixture
def connect(server: LiveServer) -> Iterator[Connect]:
    """Return a function that connects a client; in `/chat` it joins the lobby."""
    clients: list[WireClient] = []

    def open_one(namespace: str = "/", **auth: Any) -> WireClient:
        client = WireClient(server.host, server.port)
        clients.append(client)
        client.connect(namespace, auth)
        if namespace == "/chat":
            client.call("/chat", "join", {"room": "lobby"})
        return client

    yield open_one
    for client in clients:
        client.abort()


@pytest.fixture
def natives(server: LiveServer) -> Iterator[dict[str, NativeClient]]:
    """Connect a native client for each subprotocol of the chat, with its name as nick."""
    clients = {
        subprotocol: NativeClient(server, f"/ws/chat?room=lobby&nick={subprotocol}", subprotocol)
        for subprotocol in ("json", "text")
    }
    assert [client.protocol for client in clients.values()] == list(clients)
    yield clients
    for client in clients.values():
        client.abort()


def history(server: LiveServer) -> list[dict[str, Any]]:
    """Return the messages of the lobby, read over REST."""
    messages: list[dict[str, Any]] = server.get(f"{LOBBY}?limit=200").json["data"]
    return messages


def received(client: WireClient) -> list[Any]:
    """Return the payloads of `chat message` that a client has received, in order."""
    return [event[1] for event in client.events("/") if event[0] == "chat message"]


def said(client: WireClient) -> list[Any]:
    """Return the same without what the server has answered."""
    return [payload for payload in received(client) if not is_of_server(payload)]


def is_of_server(payload: Any) -> bool:
    """Return whether the server has sent this to the client alone."""
    if isinstance(payload, dict):
        return payload.get("name") == "Server"
    return str(payload).startswith("Server: ")


def wait_received(client: WireClient, wanted: Any) -> None:
    """Wait until a client has received this payload."""
    client.wait_event("chat message", lambda payload: payload == wanted)


def say(client: WireClient, payload: Any) -> Any:
    """Post a payload and return the acknowledgement."""
    return client.call("/", "chat message", payload)
