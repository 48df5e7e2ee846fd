"""What one can do in the chat: one function for each act, called by both doors."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from flask import current_app

from me_api.chat import history, rooms
from me_api.chat.present import topic
from me_api.chat.rooms import hall
from me_api.chat.schemas import History, Join
from me_api.chat.store import DeleteMessage, EditMessage, PostMessage
from me_api.errors import Forbidden, Invalid
from me_api.identity import Identity
from me_api.log import log
from me_api.schema import Changes
from me_api.users import service as users
from me_api.users.nicks import fold


def post(
    room: str, text: str, identity: Identity, nick: str | None, key: str | None
) -> tuple[dict[str, Any], bool]:
    """Store a message; give it and whether it is new, or what the same key has stored before."""
    return post_as(*speaker(identity, nick), room, text, identity, key)


def post_as(
    nick: str, verified: bool, room: str, text: str, identity: Identity, key: str | None
) -> tuple[dict[str, Any], bool]:
    """Store a message, as `post`, under a nick that the caller was let in with."""
    _check_text(text)
    sender = identity.sender or _once(room, nick, text)
    user_id = identity.user.id if identity.user else None
    stored: tuple[dict[str, Any], bool] = log.commit(
        PostMessage(room, text, nick, verified, sender, user_id, key)
    )
    return stored


def edit(room: str, message_id: int, text: str, identity: Identity) -> dict[str, Any]:
    """Give a message a new text, as its sender or the owner."""
    _check_text(text)
    edited: dict[str, Any] = log.commit(EditMessage(room, message_id, *_caller(identity), text))
    return edited


def delete(room: str, message_id: int, identity: Identity) -> dict[str, Any]:
    """Leave a tombstone of a message, as its sender or the owner; again changes nothing."""
    deleted: dict[str, Any] = log.commit(DeleteMessage(room, message_id, *_caller(identity)))
    return deleted


def look_in(body: Join, identity: Identity) -> dict[str, Any]:
    """Read what joining gives: the changes after `since` if that is of this log, else a page.

    A row that has changed after the answer's `rev` is left out: it comes as an event.
    """
    recovered = body.since is not None and body.since <= log.delivered
    if recovered and body.epoch in (None, log.epoch):
        cursor = Changes(since=body.since or 0, limit=max(1, body.limit))
        found = history.changes(body.room, cursor, identity)
    else:
        recovered = False
        found = {"more": False, **history.page(body.room, History(limit=body.limit), identity)}
    return {
        "room": body.room,
        "rev": found["rev"],
        "epoch": found["epoch"],
        "recovered": recovered,
        "more": found["more"],
        "messages": [message for message in found["data"] if message["rev"] <= found["rev"]],
    }


def readable_topics(topics: dict[str, int], identity: Identity) -> dict[str, int]:
    """Keep the topics of rooms that the caller may read now."""
    names = {name.partition(":")[2] for name in topics}
    may = {topic(name) for name in rooms.readable_names(names, identity)}
    return {name: since for name, since in topics.items() if name in may}


def speaker(identity: Identity, nick: str | None) -> tuple[str, bool]:
    """Give the nick one may speak under, and whether it is a registered one, proven.

    Raises `Invalid` without a nick, `Forbidden` for a registered user's, `Conflict` for one that
    another sender is here with.
    """
    own = identity.user.nick if identity.user else None
    if nick is None or (own and fold(nick) == fold(own)):
        if own is None:
            raise Invalid([("nick", "A nick is needed to write.")], code="nick_required")
        return own, True
    if users.by_nick(nick) is not None:
        raise Forbidden(
            f"{nick!r} is registered: log in to use it.", code="nick_reserved", source="nick"
        )
    hall.check_nick(nick, identity.sender)
    return nick, False


def _caller(identity: Identity) -> tuple[str | None, int | None, bool]:
    return identity.sender, identity.user.id if identity.user else None, identity.is_owner


def _check_text(text: str) -> None:
    longest = current_app.config["SETTINGS"].message_max_length
    if not text.strip():
        raise Invalid([("text", "A message needs text.")])
    if len(text) > longest:
        raise Invalid([("text", f"At most {longest} characters are accepted.")], code="too_long")


def _once(room: str, nick: str, text: str) -> str:
    """Name the sender of one message: a retry is recognised, edit and delete are not possible."""
    return "once:" + sha256(f"{room}\0{nick}\0{text}".encode()).hexdigest()
