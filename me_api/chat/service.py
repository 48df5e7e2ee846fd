"""What one can do in the chat: one function for each act, called by both doors."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

from flask import current_app

from me_api.auth.identity import Identity
from me_api.chat import commands, history, payloads, rooms
from me_api.chat.author import Author
from me_api.chat.commands import Notice
from me_api.chat.feed import topic
from me_api.chat.message_changes import DeleteMessage, EditMessage, PostMessage
from me_api.chat.schemas import History, Join
from me_api.errors import Invalid
from me_api.eventlog import log
from me_api.validation import ChangesQuery

LOBBY = "lobby"
"""The one room that the course's clients know."""


class PostResult(NamedTuple):
    """What came of a text: a message, which may be one that the key had stored, or a notice."""

    message: dict[str, Any] | None
    new: bool = False
    notice: str | None = None


def post(
    voice: Author, room: str, text: str, key: str | None = None, payload: object = None
) -> PostResult:
    """Store a message, or do the command that the text is; the same at every door.

    A `payload` is what a client of the course has sent, and the text what was found in it.
    """
    _check_length(text)
    spoken = commands.interpret(text, room, voice)
    if isinstance(spoken, Notice):
        return PostResult(None, notice=spoken.text)
    if payload is None:
        _check_text(spoken)
    elif spoken != text:
        payload = payloads.with_text(payload, spoken)
    nick, verified = voice.nick()
    identity = voice.identity
    sender = identity.sender or _anonymous_sender(room, nick, spoken)
    user_id = identity.user.id if identity.user else None
    change = PostMessage(room, spoken, nick, verified, sender, user_id, key, payload)
    return PostResult(*log.commit(change))


def lobby(identity: Identity) -> list[Any]:
    """Read the lobby's latest page as the course's clients know messages, none deleted."""
    page = history.page(LOBBY, History(), identity)
    return [payloads.for_course(message) for message in page["data"] if not message["deleted"]]


def edit(room: str, message_id: int, text: str, identity: Identity) -> dict[str, Any]:
    """Give a message a new text, as its sender or the owner."""
    _check_text(text)
    _check_length(text)
    edited: dict[str, Any] = log.commit(EditMessage(room, message_id, *_caller(identity), text))
    return edited


def delete(room: str, message_id: int, identity: Identity) -> dict[str, Any]:
    """Leave a tombstone of a message, as its sender or the owner; again changes nothing."""
    deleted: dict[str, Any] = log.commit(DeleteMessage(room, message_id, *_caller(identity)))
    return deleted


def join_snapshot(body: Join, identity: Identity) -> dict[str, Any]:
    """Read what joining gives: the changes after `since` if that is of this log, else a page.

    A row that has changed after the answer's `rev` is left out: it comes as an event.
    """
    recovered = body.since is not None and body.since <= log.delivered
    if recovered and body.epoch in (None, log.epoch):
        cursor = ChangesQuery(since=body.since or 0, limit=max(1, body.limit))
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


def _caller(identity: Identity) -> tuple[str | None, int | None, bool]:
    return identity.sender, identity.user.id if identity.user else None, identity.is_owner


def _check_text(text: str) -> None:
    if not text.strip():
        raise Invalid([("text", "A message needs text.")])


def _check_length(text: str) -> None:
    longest = current_app.config["SETTINGS"].message_max_length
    if len(text) > longest:
        raise Invalid([("text", f"At most {longest} characters are accepted.")], code="too_long")


def _anonymous_sender(room: str, nick: str, text: str) -> str:
    """Name the sender of one message: a retry is recognised, edit and delete are not possible."""
    return "once:" + sha256(f"{room}\0{nick}\0{text}".encode()).hexdigest()
