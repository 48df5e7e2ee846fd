"""Scenarios: what tests of recovery do with a server and its database."""

import itertools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.chat.clients import make_token
from tests.support import databases
from tests.support.http import Reply
from tests.support.server import LiveServer

Message = dict[str, Any]

PASSWORD = "a long enough one"


class World:
    """A server and its owner, and functions to create rooms and post in them over REST."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self._numbers = itertools.count(1)
        self.token = make_token(server, "owner", "owner")

    def login(self, email: str) -> str:
        """Log in and return the token."""
        reply = self.server.post("/login", {"email": email, "password": PASSWORD})
        return str(done(reply, 200)["token"])

    def member(self, nick: str) -> str:
        """Register a member and return their token."""
        email = f"{nick}@example.com"
        done(self.server.post("/register", {"email": email, "password": PASSWORD}), 201)
        return self.login(email)

    def room(self, guests: str = "post") -> str:
        """Create a room that no other test uses."""
        name = f"room-{next(self._numbers)}-{secrets.token_hex(3)}"
        body = {"name": name, "guests": guests}
        done(self.server.post("/chat/rooms", body, token=self.token), 201)
        return name

    def set_guests(self, room: str, guests: str) -> None:
        """Change what guests may do in a room."""
        path = f"/chat/rooms/{room}"
        done(self.server.patch(path, {"guests": guests}, token=self.token), 200)

    def post(self, room: str, text: str = "hej") -> Message:
        """Post a message as the owner."""
        path = f"/chat/rooms/{room}/messages"
        return done(self.server.post(path, {"text": text}, token=self.token), 201)

    def edit(self, message: Message, text: str) -> Message:
        """Edit a message as the owner."""
        return done(self.server.patch(address(message), {"text": text}, token=self.token), 200)

    def delete(self, message: Message) -> Message:
        """Delete a message as the owner."""
        return done(self.server.delete(address(message), token=self.token), 200)

    def stir(self, *rooms: str) -> Message:
        """Post in every room, edit twice, delete; return the newest message of the last room."""
        for room in rooms:
            first, second, third = (self.post(room, f"{n} of {room}") for n in range(3))
            self.edit(first, "edited")
            self.delete(second)
            self.edit(first, "edited again")
            self.edit(third, "edited once")
        oldest = self.history(rooms[0])[0]
        if not oldest["deleted"]:
            self.edit(oldest, f"not for the first time {secrets.token_hex(3)}")
        return self.post(rooms[-1], "the last one")

    def history(self, room: str) -> list[Message]:
        """Read a whole room over REST, oldest first."""
        messages: list[Message] = []
        while True:
            after = messages[-1]["id"] if messages else 0
            path = f"/chat/rooms/{room}/messages?after={after}&limit=200"
            page = done(self.server.get(path, token=self.token), 200)
            messages += page
            if len(page) < 200:
                return messages


def address(message: Message) -> str:
    """Return the path of a message."""
    return f"/chat/rooms/{message['room']}/messages/{message['id']}"


def done(reply: Reply, status: int) -> Any:
    """Check the status of a response; return its data."""
    assert reply.status == status, f"{reply.status}: {reply.json}"
    return reply.json["data"]


@contextmanager
def disk_busy(world: World) -> Iterator[None]:
    """Lock the database, as another process does while it writes."""
    with world.server.other_process() as other:
        databases.block_writes(other)
        yield


@contextmanager
def without_table(world: World, table: str) -> Iterator[None]:
    """Make reading a table fail, as on a damaged disk."""
    with world.server.other_process() as other:
        databases.break_table(other, table)
    try:
        yield
    finally:
        with world.server.other_process() as other:
            databases.repair_table(other, table)


def save(world: World, week: int) -> None:
    body = {"week": week, "title": "kmom", "text": f"week {week}"}
    assert world.server.post("/reports", body, token=world.token).status in (200, 201)
