"""The description of this API, and the presentation: one function per operation."""

from __future__ import annotations

from typing import Any

from flask import current_app

from me_api.auth import lookup
from me_api.auth.audit import OPERATOR, Actor
from me_api.auth.identity import Identity
from me_api.concurrency import ClientWait
from me_api.errors import Forbidden, Unauthorized
from me_api.eventlog import log
from me_api.extensions import db
from me_api.markdown.renderer import to_html
from me_api.me.changes import EditPresentation
from me_api.me.feed import TOPIC, read
from me_api.me.schemas import PresentationEdit
from me_api.validation import ChangesQuery

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
    """Describe this API and who it is about; its author is the first owner's nick."""
    author_nick, presentation = _front()
    return {
        "name": NAME,
        "description": DESCRIPTION,
        "author": author_nick,
        "links": _served_links(),
        "me": presentation,
    }


def shown_author() -> str | None:
    """Return the author as `describe` does."""
    return _front()[0]


def _front() -> tuple[str | None, dict[str, Any] | None]:
    # Read together, and again after each commit.
    front: tuple[str | None, dict[str, Any] | None] = log.cached(TOPIC, lambda: (author(), find()))
    return front


def find() -> dict[str, Any] | None:
    """Return the presentation; None if it has not been written."""
    with db.engine.connect() as connection:
        return read(connection)


def save(edit: PresentationEdit, identity: Identity) -> dict[str, Any]:
    """Change the presentation as the owner; return it.

    Raises `Unauthorized`, `Forbidden`, `Busy` or `WorkerFailed`.
    """
    if identity.user is None:
        raise Unauthorized("A token is needed to change the presentation: log in as the owner.")
    identity.check(None)
    if not identity.is_owner:
        raise Forbidden("Only the owner may change the presentation.")
    return _write(edit, identity.user.nick, Actor.of(identity.user))


def save_from_command_line(edit: PresentationEdit) -> dict[str, Any]:
    """Change the presentation; return it. Raises `Invalid` if it has no name, and no owner."""
    # No proof is asked for: a person who can run commands here can read the secrets, too.
    return _write(edit, author(), OPERATOR)


def _write(edit: PresentationEdit, default_name: str | None, actor: Actor) -> dict[str, Any]:
    """Render and store what was sent; return the presentation."""
    fields = edit.fields
    if "text" in fields:
        fields["html"] = to_html(fields["text"])
    written: dict[str, Any] = log.commit(EditPresentation(fields, default_name, actor))
    return written


def changes(query: ChangesQuery, client_wait: ClientWait | None = None) -> dict[str, Any]:
    """Return the presentation if it changed after a position; if not, wait for a change."""
    log.check_cursor(query.since, query.epoch)
    page = log.changes(TOPIC, query.since, query.limit, client_wait)
    data = [entry.body for entry in page.entries]
    return {"data": data, "rev": page.upto, "epoch": log.epoch, "more": page.more}


def author() -> str | None:
    """Return the nick of the first owner, as it is stored now; None if there is none."""
    owner = lookup.owner()
    return None if owner is None else owner.nick


def _served_links() -> dict[str, str]:
    """Return the links to what `ME_API_SERVE` has not left out."""
    known: dict[str, str] | None = current_app.extensions.get("links")
    if known is None:
        routes = current_app.url_map.bind("localhost")
        known = {name: path for name, path in LINKS.items() if routes.allowed_methods(path)}
        current_app.extensions["links"] = known
    return known
