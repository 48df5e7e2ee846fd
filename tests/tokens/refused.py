"""What may be read and written in a room, and what a token is refused."""

from typing import Any

from tests.chat.clients import faults
from tests.support.server import LiveServer

REFUSED = [(403, "token_scope", None)]


READS = (
    "",
    "/members",
    "/messages",
    "/messages/1",
    "/changes",
    "/changes?wait=20",
    "/stream",
    "/export",
)


def read_paths(room: str) -> list[str]:
    """Return all that can be read of a room."""
    return [f"/chat/rooms/{room}{rest}" for rest in READS] + [f"/chat/search?q=first&room={room}"]


def writes(room: str) -> list[tuple[str, str, dict[str, Any] | None]]:
    """Return all that can be written in a room."""
    url = f"/chat/rooms/{room}/messages"
    return [
        ("POST", url, {"text": "hej"}),
        ("POST", url, {"text": "/clients"}),
        ("PATCH", f"{url}/1", {"text": "hej"}),
        ("DELETE", f"{url}/1", None),
    ]


def assert_refused(server: LiveServer, method: str, path: str, body: Any, token: str) -> None:
    reply = server.request(method, path, body, token=token)
    assert faults(reply) == REFUSED, (method, path)
