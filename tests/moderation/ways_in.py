"""The ways in which a guest enters a room, each of which returns how it was refused."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.chat.clients import CHAT, ChatClient, Room, faults
from tests.moderation.opened import POLICY_VIOLATION
from tests.support.native import NativeClient
from tests.support.sse import EventStream
from tests.support.wait import BEFORE_A_POLL_ENDS
from tests.support.wire import Memory, WireClient


class Guest(NamedTuple):
    """A guest who has been in a room."""

    room: Room
    auth: dict[str, str]
    memory: Memory
    """Of a session in the room, whose connection is lost."""
    connected: ChatClient
    """In no room."""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the guest's requests."""
        return {"X-Guest": self.auth["guest"]}


def by_stream(guest: Guest) -> str:
    """Open a stream, which is closed, and another; return the code of its error."""
    server, path = guest.room.server, f"{guest.room.url}/stream"
    with EventStream(server.host, server.port, path, headers=guest.headers) as stream:
        assert stream.status == 200, "it was opened after the checks"
        stream.drain()
        assert stream.events == []
    with EventStream(server.host, server.port, path, headers=guest.headers) as again:
        return str(again.json["errors"][0]["code"])


def by_long_poll(guest: Guest) -> str:
    """Wait for changes, and return the code of the error that comes in place of them."""
    since = guest.room.server.get("/me/changes").json["rev"]
    path = f"/changes?since={since}&wait=60"
    return faults(guest.room.get(path, headers=guest.headers, timeout=BEFORE_A_POLL_ENDS))[0][1]


def by_native(guest: Guest) -> str:
    """Open a native WebSocket, which is closed; return the code of the error that it is sent."""
    query = "&".join(f"{name}={value}" for name, value in guest.auth.items())
    with NativeClient(guest.room.server, f"/ws/chat?room={guest.room.name}&{query}") as client:
        error = client.wait_body(lambda body: "errors" in body)
        assert client.ended() == POLICY_VIOLATION
        assert len(client.bodies) == 1
        return str(error["errors"][0]["code"])


def by_joining(guest: Guest) -> str:
    """Join the room, and return the code of the error; what follows is refused, too."""
    code = faults(guest.connected.do("join", room=guest.room.name))[0][1]
    assert faults(guest.connected.do("history", room=guest.room.name))[0][1] == code
    return code


def by_resuming(guest: Guest) -> str:
    """Resume the session, without the room; return the code of the error of what follows."""
    with ChatClient(guest.room.server, guest.memory) as client:
        client.connect(CHAT, guest.auth)
        assert client.wait_event("ready")[0]["rooms"] == []
        return faults(client.do("join", room=guest.room.name))[0][1]


def by_the_course(guest: Guest) -> str:
    """Connect as a client of the course; return the code of the error of what it posts."""
    server = guest.room.server
    with WireClient(server.host, server.port) as client:
        client.connect("/", {**guest.auth, "room": guest.room.name})
        client.wait_event("notice")
        return faults(client.call("/", "chat message", "hej"))[0][1]


WayIn = Callable[[Guest], str]
WAYS_IN: tuple[WayIn, ...] = (
    by_stream,
    by_long_poll,
    by_native,
    by_joining,
    by_resuming,
    by_the_course,
)


def everything(guest: Guest) -> list[Any]:
    """Follow everything until the lobby has a message; return the rooms of all events."""
    server = guest.room.server
    with EventStream(server.host, server.port, "/stream", headers=guest.headers) as stream:
        stream.wait(lambda data: data.get("room") == "lobby")
        return [event.data.get("room") for event in stream.events if event.name == "message"]
