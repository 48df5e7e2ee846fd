"""Who talks to the chat in these tests, and what they say."""

import secrets
import sqlite3
from typing import Any

from me_api.auth import tokens
from tests.support.http import HttpClient, Reply
from tests.support.server import LiveServer
from tests.support.wire import Memory, WireClient

CHAT = "/chat"
FIELDS = ["room", "id", "rev", "nick", "verified", "text", "time", "edited", "deleted"]


def secret() -> str:
    """Make a guest's secret."""
    return secrets.token_urlsafe(24)


def make_token(server: LiveServer, nick: str, role: str = "member", hours: float = 1) -> str:
    """Store a user, without the slow hashing, and give a token."""
    with sqlite3.connect(server.database, timeout=30) as database:
        user_id = database.execute(
            "INSERT INTO users (email, email_folded, nick, nick_folded, password_hash, role,"
            " created) VALUES (?, ?, ?, ?, 'none', ?, '2026-01-01T00:00:00.000Z') RETURNING id",
            (f"{nick}@example.com", f"{nick}@example.com".casefold(), nick, nick.casefold(), role),
        ).fetchone()[0]
    database.close()
    return tokens.issue(user_id, str(server.settings["jwt_secret"]), hours)


class Room:
    """A room of one's own, seen through both doors."""

    def __init__(self, server: HttpClient, name: str) -> None:
        self.server = server
        self.name = name
        self.url = f"/chat/rooms/{name}"

    def post(self, text: str = "hej", nick: str = "mos", **options: Any) -> Reply:
        """Post over REST; options in the body are `key`, the others are the request's."""
        body = {"text": text, "nick": nick}
        if "key" in options:
            body["key"] = options.pop("key")
        return self.server.post(f"{self.url}/messages", body, **options)

    def say(self, text: str = "hej", nick: str = "mos", **options: Any) -> dict[str, Any]:
        """Post, and give the message."""
        reply = self.post(text, nick, **options)
        assert reply.status == 201, reply.body
        message: dict[str, Any] = reply.json["data"]
        return message

    def edit(self, number: int, text: str, **options: Any) -> Reply:
        """Edit over REST."""
        return self.server.patch(f"{self.url}/messages/{number}", {"text": text}, **options)

    def delete(self, number: int, **options: Any) -> Reply:
        """Delete over REST."""
        return self.server.delete(f"{self.url}/messages/{number}", **options)

    def get(self, rest: str = "", **options: Any) -> Reply:
        """Read something of the room."""
        return self.server.get(self.url + rest, **options)

    def page(self, query: str = "", **options: Any) -> dict[str, Any]:
        """Read a page of history."""
        reply = self.get(f"/messages?{query}", **options)
        assert reply.status == 200, reply.body
        page: dict[str, Any] = reply.json
        return page

    def ids(self, query: str = "") -> list[int]:
        """Read the ids of a page."""
        return [message["id"] for message in self.page(query)["data"]]

    def changes(self, since: int, query: str = "") -> dict[str, Any]:
        """Read changes."""
        reply = self.get(f"/changes?since={since}&{query}", timeout=40)
        assert reply.status == 200, reply.body
        page: dict[str, Any] = reply.json
        return page


class Visitor(WireClient):
    """A client in the namespace /chat."""

    def __init__(self, server: HttpClient, memory: Memory | None = None) -> None:
        super().__init__(server.host, server.port, memory=memory)

    def do(self, event: str, *args: Any, **fields: Any) -> Any:
        """Send an event with these fields, or with these arguments, and give its ack."""
        return self.call(CHAT, event, *(args or [fields]))

    def enter(self, room: Room, **fields: Any) -> Any:
        """Join a room and give the answer's data."""
        answer = self.do("join", room=room.name, **fields)
        assert "data" in answer, answer
        return answer["data"]

    def messages(self) -> list[dict[str, Any]]:
        """Give the messages that came as events."""
        return [event[1] for event in self.events(CHAT) if event[0] == "message"]

    def hear(self, text: str | None) -> dict[str, Any]:
        """Wait for the message with this text."""
        message: dict[str, Any] = self.wait_event("message", lambda m, _: m["text"] == text)[0]
        return message


def faults(answer: Any) -> list[tuple[int, str, str | None]]:
    """Give status, code and source of each error, after checking the envelope's shape."""
    body = answer.json if isinstance(answer, Reply) else answer
    assert "data" not in body, body
    for error in body["errors"]:
        assert {"status", "code", "title", "detail"} <= set(error) <= {*error, "source"}
        assert error["title"]
        assert error["detail"]
        assert not isinstance(answer, Reply) or error["status"] == answer.status
    return [(error["status"], error["code"], error.get("source")) for error in body["errors"]]
