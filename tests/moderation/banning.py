"""Making bans of users, guests and addresses over REST."""

from typing import Any

from tests.support.server import LiveServer

BANS = "/moderation/bans"


def ban(server: LiveServer, token: str, **fields: Any) -> dict[str, Any]:
    """Make a ban and return it."""
    reply = server.post(BANS, fields, token=token)
    assert reply.status == 201, reply.body
    made: dict[str, Any] = reply.json["data"]
    assert reply.headers["Location"] == f"{BANS}/{made['id']}"
    return made
