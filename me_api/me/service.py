"""The description of this API."""

from __future__ import annotations

from typing import Any

from me_api.auth import lookup

NAME = "me-api"
DESCRIPTION = (
    "A personal API: who I am, my weekly reports that update live, "
    "and a chat whose history survives every lost connection."
)
LINKS = {
    "self": "/",
    "reports": "/reports",
    "rooms": "/chat/rooms",
    "lobby": "/chat/rooms/lobby/messages",
    "register": "/register",
    "login": "/login",
    "docs": "/docs",
    "openapi": "/openapi.json",
    "asyncapi": "/asyncapi.json",
    "health": "/healthz",
}


def describe() -> dict[str, Any]:
    """Describe this API; its author is the first owner's nick."""
    owner = lookup.owner()
    author = None if owner is None else owner.nick
    return {"name": NAME, "description": DESCRIPTION, "author": author, "links": LINKS}
