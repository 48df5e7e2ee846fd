"""The chat's use cases: one function for each operation, called by every interface."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

from me_api.auth.audit import Actor
from me_api.auth.bans import bans
from me_api.auth.identity import Identity
from me_api.chat import access, commands, history, payloads
from me_api.chat.author import Author
from me_api.chat.commands import Notice
from me_api.chat.feed import topic
from me_api.chat.message_changes import PostMessage
from me_api.chat.message_edits import DeleteMessage, EditMessage, ExistingMessageChange
from me_api.chat.moderated_change import ModeratedChange
from me_api.chat.schemas import History, Join
from me_api.errors import Gone, Invalid
from me_api.eventlog import Change, log
from me_api.extensions import settings
from me_api.validation import ChangesQuery
from me_api.validation.texts import is_visible, normalize_text

LOBBY = "lobby"
"""The room of native clients that name none."""


class PostResult(NamedTuple):
    """The result of a post: a message, new or stored before with the same key, or a notice."""

    message: dict[str, Any] | None
    new: bool = False
    notice: str | None = None


def post(author: Author, room: str, text: str, key: str | None = None) -> PostResult:
    """Store a message, or run the command in the text; returns once it is on disk and published.

    Raises `Invalid` for an empty or too long text, and what the command or the room refuses.
    """
    prepared = prepare(author, room, text, key)
    return prepared if isinstance(prepared, PostResult) else PostResult(*log.commit(prepared))


def prepare(
    author: Author, room: str, text: str, key: str | None = None
) -> PostMessage | PostResult:
    """Return the change that stores a message, for the log; or run the command in the text.

    Raises `Invalid` for an empty or too long text, and what the command refuses.
    """
    author.identity.check("post", room)
    text = _normalize(text)
    _check_length(text)
    result = commands.interpret(text, room, author)
    if isinstance(result, Notice):
        return PostResult(None, notice=result.text)
    _check_text(result)
    return _post_change(author, room, result, key, None)


def prepare_payload(
    author: Author, room: str, text: str, payload: object
) -> PostMessage | PostResult:
    """Return the change that stores what a client of the course has sent, for `log.commit`.

    Or run the command in the text, which has been taken from the payload; a text that only looks
    like a command is a text. Raises what `post` raises, but the text may be empty.
    """
    author.identity.check("post", room)
    sent, text = text, _normalize(text)
    _check_length(text)
    result = commands.interpret(text, room, author) if commands.is_command(text) else text
    if isinstance(result, Notice):
        return PostResult(None, notice=result.text)
    if result != sent:
        payload = payloads.with_text(payload, result)
    return _post_change(author, room, result, None, payload)


def course_page(identity: Identity) -> list[Any]:
    """Return the newest page of the course's room as it was said, without deleted messages."""
    page = history.page(settings.course_room, History(), identity)
    return [payloads.for_course(message) for message in page["data"] if not message["deleted"]]


def edit(room: str, message_id: int, text: str, identity: Identity) -> dict[str, Any]:
    """Replace the text of a message and return it; its sender and the owner may do that."""
    identity.check("post", room)
    text = _normalize(text)
    _check_text(text)
    _check_length(text)
    change = EditMessage(room, message_id, *_caller(identity), text)
    edited: dict[str, Any] = log.commit(_moderated(change, identity))
    return edited


def delete(room: str, message_id: int, identity: Identity) -> dict[str, Any]:
    """Delete a message and return its tombstone; its sender and moderators may do that."""
    identity.check("post", room)
    change = DeleteMessage(room, message_id, *_caller(identity), identity.may_moderate)
    deleted: dict[str, Any] = log.commit(_moderated(change, identity))
    return deleted


def join_snapshot(body: Join, identity: Identity) -> dict[str, Any]:
    """Return the changes after `since` if that is a position of this log, else the newest page."""
    page = _changes_for_join(body, identity)
    recovered = page is not None
    if page is None:
        page = {"more": False, **history.page(body.room, History(limit=body.limit), identity)}
    return {
        "room": body.room,
        "rev": page["rev"],
        "epoch": page["epoch"],
        "recovered": recovered,
        "more": page["more"],
        # What has changed after `rev` is left out: it follows as an event.
        "messages": [message for message in page["data"] if message["rev"] <= page["rev"]],
    }


def _changes_for_join(body: Join, identity: Identity) -> dict[str, Any] | None:
    """Return the changes after `since`; None if they are not all there, or of another log."""
    if body.since is None or body.since > log.delivered or body.epoch not in (None, log.epoch):
        return None
    cursor = ChangesQuery(since=body.since, limit=max(1, body.limit))
    try:
        return history.changes(body.room, cursor, identity)
    except Gone:
        return None


def readable_topics(topics: dict[str, int], identity: Identity) -> dict[str, int]:
    """Return those of the topics whose rooms the caller may read now."""
    names = {name.partition(":")[2] for name in topics}
    readable = {topic(name) for name in access.readable_names(names, identity)}
    return {name: since for name, since in topics.items() if name in readable}


def _post_change(
    author: Author, room: str, text: str, key: str | None, payload: object
) -> PostMessage:
    nick, verified = author.nick()
    identity = author.identity
    sender = identity.sender or _anonymous_sender(room, nick, text)
    bans.record_post(sender, identity.address)
    user_id = identity.user.id if identity.user else None
    check = None if verified else author.nick_check(nick)
    return PostMessage(room, text, nick, verified, sender, user_id, key, payload, check)


def _moderated(change: ExistingMessageChange, identity: Identity) -> Change:
    # Only these may have to do with others' messages, of which a record is made. It is decided
    # under the lock of the log, which takes longer: everybody else's changes are not.
    if identity.user is None or not identity.may_moderate:
        return change
    return ModeratedChange(change, Actor.of(identity.user))


def _caller(identity: Identity) -> tuple[str | None, int | None, bool]:
    return identity.sender, identity.user.id if identity.user else None, identity.is_owner


def _normalize(text: str) -> str:
    try:
        return normalize_text(text)
    except ValueError as error:
        raise Invalid([("text", str(error))]) from None


def _check_text(text: str) -> None:
    if not is_visible(text):
        raise Invalid([("text", "A message needs text.")])


def _check_length(text: str) -> None:
    longest = settings.message_max_length
    if len(text) > longest:
        raise Invalid([("text", f"At most {longest} characters are accepted.")], code="too_long")


def _anonymous_sender(room: str, nick: str, text: str) -> str:
    # The sender of this message only: a retry is recognised by it, but nobody can prove to be it,
    # so that the message cannot be edited or deleted.
    return "once:" + sha256(f"{room}\0{nick}\0{text}".encode()).hexdigest()
