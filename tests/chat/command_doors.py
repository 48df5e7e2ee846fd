"""The doors through which a command is said; each gives its answer as an acknowledgement does."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from tests.chat.clients import Room, Visitor, secret
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wire import WireClient

Say = Callable[[str], Any]


@contextmanager
def over_rest(server: LiveServer, nick: str) -> Iterator[Say]:
    """Say it over REST."""
    yield lambda text: Room(server, "lobby").post(text, nick=nick).json


@contextmanager
def over_socket(server: LiveServer, nick: str, room: str = "lobby") -> Iterator[Say]:
    """Say it in `/chat`."""
    with Visitor(server) as visitor:
        visitor.connect("/chat", {"nick": nick})
        visitor.enter(Room(server, room))
        yield lambda text: visitor.do("post", room=room, text=text)


@contextmanager
def as_native(
    server: LiveServer, nick: str, room: str = "lobby", guest: str | None = None
) -> Iterator[Say]:
    """Say it on a native WebSocket that speaks `json`."""
    with native(server, "json", nick, room, guest) as client:
        yield lambda text: answered(client, text)


@contextmanager
def native(
    server: LiveServer, way: str, nick: str, room: str = "lobby", guest: str | None = None
) -> Iterator[NativeClient]:
    """Give a native client in a room."""
    query = {"nick": nick, "room": room, "guest": guest or secret()}
    client = NativeClient(server, f"/ws/chat?{urlencode(query)}", way)
    try:
        yield client
    finally:
        client.abort()


def answered(client: NativeClient, text: str) -> Any:
    """Say something with a key, and give what answers it as an acknowledgement would."""
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
    """Say it as the course's clients that send strings."""
    with WireClient(server.host, server.port) as client:
        client.connect("/", {"nick": nick})
        yield lambda text: client.call("/", "chat message", text)


@contextmanager
def as_course_object(server: LiveServer, nick: str) -> Iterator[Say]:
    """Say it as the course's clients that send objects."""
    with WireClient(server.host, server.port) as client:
        client.connect("/", {})
        yield lambda text: client.call("/", "chat message", {"name": nick, "msg": text})


DOORS = [over_rest, over_socket, as_course, as_course_object, as_native]
