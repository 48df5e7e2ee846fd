"""The interfaces that accept commands; each yields a function that returns the acknowledgement."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from tests.chat.clients import ChatClient, Room, secret
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wire import WireClient

Say = Callable[[str], Any]


@contextmanager
def over_rest(server: LiveServer, nick: str) -> Iterator[Say]:
    """Post over REST, as a guest."""
    yield lambda text: Room(server, "lobby").post(text, nick=nick).json


@contextmanager
def over_socket(server: LiveServer, nick: str, room: str = "lobby") -> Iterator[Say]:
    """Post in the Socket.IO namespace `/chat`."""
    with ChatClient(server) as client:
        client.connect("/chat", {"nick": nick})
        client.join(Room(server, room))
        yield lambda text: client.do("post", room=room, text=text)


@contextmanager
def as_native(
    server: LiveServer, nick: str, room: str = "lobby", guest: str | None = None
) -> Iterator[Say]:
    """Post on a native WebSocket with the subprotocol `json`."""
    with native(server, "json", nick, room, guest) as client:
        yield lambda text: answered(client, text)


@contextmanager
def native(
    server: LiveServer, subprotocol: str, nick: str, room: str = "lobby", guest: str | None = None
) -> Iterator[NativeClient]:
    """Yield a native client that is in a room."""
    query = {"nick": nick, "room": room, "guest": guest or secret()}
    client = NativeClient(server, f"/ws/chat?{urlencode(query)}", subprotocol)
    try:
        yield client
    finally:
        client.abort()


def answered(client: NativeClient, text: str) -> Any:
    """Post a text with a key; return the answer in the form of an acknowledgement."""
    since = len(client.messages)
    client.say(text, key=secret())

    def answers(message: str) -> bool:
        body = json.loads(message)
        return "errors" in body or body.get("event") in ("stored", "notice")

    body = json.loads(client.wait(answers, since=since))
    if "errors" in body:
        return body
    stored = body["event"] == "stored"
    return {"data": body["message"] if stored else {"notice": body["text"]}}


@contextmanager
def as_course(server: LiveServer, nick: str) -> Iterator[Say]:
    """Post as the clients of the course that send strings."""
    with WireClient(server.host, server.port) as client:
        client.connect("/", {"nick": nick})
        yield lambda text: client.call("/", "chat message", text)


@contextmanager
def as_course_object(server: LiveServer, nick: str) -> Iterator[Say]:
    """Post as the clients of the course that send objects."""
    with WireClient(server.host, server.port) as client:
        client.connect("/", {})
        yield lambda text: client.call("/", "chat message", {"name": nick, "msg": text})


INTERFACES = [over_rest, over_socket, as_course, as_course_object, as_native]
