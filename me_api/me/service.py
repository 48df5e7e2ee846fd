"""The description of this API."""

from __future__ import annotations

from typing import Any

from flask import current_app

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
    "course": "/kurs/",
    "docs": "/docs",
    "openapi": "/openapi.json",
    "asyncapi": "/asyncapi.json",
    "health": "/healthz",
}


def describe() -> dict[str, Any]:
    """Describe this API; its author is the first owner's nick."""
    owner = lookup.owner()
    author = None if owner is None else owner.nick
    return {"name": NAME, "description": DESCRIPTION, "author": author, "links": _served_links()}


def _served_links() -> dict[str, str]:
    """Return the links to what `ME_API_SERVE` has not left out."""
    known: dict[str, str] | None = current_app.extensions.get("links")
    if known is None:
        routes = current_app.url_map.bind("localhost")
        known = {name: path for name, path in LINKS.items() if routes.allowed_methods(path)}
        current_app.extensions["links"] = known
    return known
