"""Clients of the chat for these tests, over REST and Socket.IO."""

import secrets
from collections.abc import Iterator
from typing import Any

from me_api.auth import web_tokens
from me_api.auth.nicks import fold
from tests.support.http import HttpClient, Reply
from tests.support.server import LiveServer
from tests.support.wire import Memory, WireClient

CHAT = "/chat"
FIELDS = ["room", "id", "rev", "nick", "verified", "text", "time", "edited", "deleted"]


def secret() -> str:
    """Return a random secret of a guest."""
    return secrets.token_urlsafe(24)


def make_token(server: LiveServer, nick: str, role: str = "member", hours: float = 1) -> str:
    """Store a user, without the slow hashing of a password, and return a token."""
    ((user_id,),) = server.query(
        "INSERT INTO users (email, email_folded, nick, nick_folded, password_hash, role, created)"
        " VALUES (:email, :folded, :nick, :nick_folded, 'none', :role, '2026-01-01T00:00:00.000Z')"
        " RETURNING id",
        email=f"{nick}@example.com",
        folded=f"{nick}@example.com".casefold(),
        nick=nick,
        nick_folded=fold(nick),
        role=role,
    )
    return web_tokens.issue(user_id, str(server.settings["jwt_secret"]), hours)


def renewed_token(server: LiveServer, nick: str, hours: float = 1) -> str:
    """Return another token of a user."""
    ((user_id,),) = server.query("SELECT id FROM users WHERE nick = :nick", nick=nick)
    return web_tokens.issue(user_id, str(server.settings["jwt_secret"]), hours)


def short_tokens(server: LiveServer, nick: str) -> Iterator[str]:
    """Yield tokens of a user that expire after 1, 2, 4 … seconds, for the first that is accepted.

    A busy machine may need longer than the first is valid.
    """
    for exponent in range(6):
        yield renewed_token(server, nick, 2**exponent / 3600)


def expire_soon(client: WireClient, server: LiveServer, nick: str, namespace: str = CHAT) -> None:
    """Make a connection go on with a token that soon expires."""
    for token in short_tokens(server, nick):
        if "data" in client.call(namespace, "authenticate", {"token": token}):
            return
    raise AssertionError("no token was accepted before it expired")


class Room:
    """A room of the chat, used over REST."""

    def __init__(self, server: HttpClient, name: str) -> None:
        self.server = server
        self.name = name
        self.url = f"/chat/rooms/{name}"

    def post(self, text: str = "hej", nick: str = "mos", **options: Any) -> Reply:
        """Post a message; the option `key` belongs to the body, all others to the request."""
        body = {"text": text, "nick": nick}
        if "key" in options:
            body["key"] = options.pop("key")
        return self.server.post(f"{self.url}/messages", body, **options)

    def say(self, text: str = "hej", nick: str = "mos", **options: Any) -> dict[str, Any]:
        """Post a new message and return it."""
        reply = self.post(text, nick, **options)
        assert reply.status == 201, reply.body
        message: dict[str, Any] = reply.json["data"]
        return message

    def edit(self, number: int, text: str, **options: Any) -> Reply:
        """Replace the text of a message."""
        return self.server.patch(f"{self.url}/messages/{number}", {"text": text}, **options)

    def delete(self, number: int, **options: Any) -> Reply:
        """Delete a message by its id."""
        return self.server.delete(f"{self.url}/messages/{number}", **options)

    def get(self, rest: str = "", **options: Any) -> Reply:
        """Read a resource below the room's address."""
        return self.server.get(self.url + rest, **options)

    def page(self, query: str = "", **options: Any) -> dict[str, Any]:
        """Return a page of the history."""
        reply = self.get(f"/messages?{query}", **options)
        assert reply.status == 200, reply.body
        page: dict[str, Any] = reply.json
        return page

    def ids(self, query: str = "") -> list[int]:
        """Return the ids of a page of the history."""
        return [message["id"] for message in self.page(query)["data"]]

    def changes(self, since: int, query: str = "") -> dict[str, Any]:
        """Return the changes after a position."""
        reply = self.get(f"/changes?since={since}&{query}", timeout=40)
        assert reply.status == 200, reply.body
        page: dict[str, Any] = reply.json
        return page


class ChatClient(WireClient):
    """A Socket.IO client in the namespace `/chat`."""

    def __init__(self, server: HttpClient, memory: Memory | None = None) -> None:
        super().__init__(server.host, server.port, memory=memory)

    def do(self, event: str, *args: Any, **fields: Any) -> Any:
        """Send an event with these fields or arguments and return its acknowledgement."""
        return self.call(CHAT, event, *(args or [fields]))

    def join(self, room: Room, **fields: Any) -> Any:
        """Join a room and return the data of the acknowledgement."""
        answer = self.do("join", room=room.name, **fields)
        assert "data" in answer, answer
        return answer["data"]

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages that have been received as events."""
        return [event[1] for event in self.events(CHAT) if event[0] == "message"]

    def wait_message(self, text: str | None) -> dict[str, Any]:
        """Wait for a message with this text and return it."""
        message: dict[str, Any] = self.wait_event("message", lambda m, _: m["text"] == text)[0]
        return message


def faults(answer: Any) -> list[tuple[int, str, str | None]]:
    """Return status, code and source of each error, after checking the envelope."""
    body = answer.json if isinstance(answer, Reply) else answer
    # On native WebSockets, `data` is where some clients of the course look for a text to show.
    assert "data" not in body or body["data"] == body["message"], body
    for error in body["errors"]:
        assert {"status", "code", "title", "detail"} <= set(error) <= {*error, "source"}
        assert error["title"]
        assert error["detail"]
        assert not isinstance(answer, Reply) or error["status"] == answer.status
    return [(error["status"], error["code"], error.get("source")) for error in body["errors"]]
