"""The chat over sockets."""

from __future__ import annotations

from typing import Any

from me_api.auth.identity import Identity
from me_api.chat import history, rooms, service
from me_api.chat.author import ConnectionAuthor, resolve_nick
from me_api.chat.feed import topic
from me_api.chat.presence.registry import presence
from me_api.chat.responses import CommandResult, Joined, Left, Member, MessageChanges, MessagePage
from me_api.chat.schemas import (
    Edit,
    Join,
    Message,
    Post,
    RoomChanges,
    RoomHistory,
    RoomInput,
    Target,
)
from me_api.chat.service import PostResult
from me_api.errors import Forbidden
from me_api.eventlog import log
from me_api.realtime.events import Connection, HandlerResult, Namespace, event, register
from me_api.validation import Data

CHAT = "/chat"


class ChatNamespace(Namespace):
    """The chat's namespace."""

    name = CHAT
    log_event = "message"

    def readable_topics(self, topics: dict[str, int], identity: Identity) -> dict[str, int]:
        """Keep the rooms that this client may read now."""
        return service.readable_topics(topics, identity)

    def claim_nick(self, connection: Connection, nick: str | None) -> None:
        """Take the nick, or raise why not; without one, one may read."""
        if nick is not None:
            nick, verified = resolve_nick(connection.identity, nick)
            presence.claim_nick(nick, connection)
            connection.nick, connection.verified = nick, verified

    def ready_fields(self, connection: Connection) -> dict[str, Any]:
        """Tell which rooms the session goes on in."""
        return {"rooms": [name.partition(":")[2] for name in connection.subscriber.topics]}

    def on_connecting(self, connection: Connection) -> None:
        """Let the client be sent away, though it is not seen in its rooms yet."""
        presence.hidden.add(connection)

    def on_live(self, connection: Connection) -> None:
        """Let the client be seen in its rooms."""
        presence.hidden.discard(connection)
        for name in connection.subscriber.topics:
            presence.add(name.partition(":")[2], connection)

    def on_disconnect(self, connection: Connection) -> None:
        """Let the client be missed, after a grace."""
        presence.hidden.discard(connection)
        presence.disconnect(connection)
        if connection.nick is not None:
            presence.nicknames.release(connection.nick, connection)


register(ChatNamespace())


@event(CHAT, "join", Join, ack=Data[Joined])
def join(connection: Connection, body: Join) -> Any:
    """Join a room; from the answer's `rev` on, its changes come as events."""
    name = topic(body.room)
    log.tail.pause(connection.subscriber)
    try:
        found = service.join_snapshot(body, connection.identity)
        if not found["more"]:
            _keep(connection, body.room, found["rev"])
    except Exception:
        log.tail.resume(connection.subscriber)
        raise
    return _joined(connection, name, found)


def _keep(connection: Connection, room: str, rev: int) -> None:
    """Have the session follow a room, if it was not closed to guests while that was stored."""
    name = topic(room)
    # Who is in the room already stays there from where they were, not from now on: what is on
    # its way to them may still be lost, and is replayed then.
    connection.save_topic(name, connection.saved_topics.get(name, rev))
    try:
        rooms.readable(room, connection.identity)
    except Forbidden:
        connection.revoke(name)
        raise


def _joined(connection: Connection, name: str, found: dict[str, Any]) -> HandlerResult:
    """Answer a join; the events after its `rev` follow behind the answer."""
    room, tail = found["room"], log.tail
    if not found["more"] and not connection.subscriber.closed:
        connection.subscriber.topics.setdefault(name, found["rev"])
        presence.add(room, connection)
    body = {"data": {**found, "members": presence.members(room)}}
    return HandlerResult(body, lambda: tail.resume(connection.subscriber))


@event(CHAT, "leave", RoomInput, ack=Data[Left])
def leave(connection: Connection, body: RoomInput) -> Any:
    """Leave a room."""
    rooms.readable(body.room, connection.identity)
    connection.forget_topic(topic(body.room))
    log.tail.unsubscribe(connection.subscriber, topic(body.room))
    presence.remove(body.room, connection)
    return {"data": {"room": body.room}}


@event(CHAT, "members", RoomInput, ack=Data[list[Member]])
def members(connection: Connection, body: RoomInput) -> Any:
    """List who is in a room."""
    return {"data": rooms.members(body.room, connection.identity)}


@event(CHAT, "typing", RoomInput, ack=Data[None], limit="typing")
def typing(connection: Connection, body: RoomInput) -> Any:
    """Let the others in a room see that one is writing."""
    rooms.readable(body.room, connection.identity)
    news = {"room": body.room, "nick": ConnectionAuthor(connection).nick()[0]}
    others = [v for v in presence.connections(body.room) if v.sender != connection.sender]
    presence.send(others, "typing", news)
    return {"data": None}


@event(CHAT, "post", Post, ack=Data[Message | CommandResult], limit="post")
def post(connection: Connection, body: Post) -> Any:
    """Post a message, acknowledged once it is on disk; or have a command done."""
    return post_ack(
        connection, service.post(ConnectionAuthor(connection), body.room, body.text, body.key)
    )


@event(CHAT, "edit", Edit, ack=Data[Message], limit="post")
def edit(connection: Connection, body: Edit) -> Any:
    """Give a message a new text."""
    return {"data": service.edit(body.room, body.id, body.text, connection.identity)}


@event(CHAT, "delete", Target, ack=Data[Message], limit="post")
def delete(connection: Connection, body: Target) -> Any:
    """Leave a tombstone of a message."""
    return {"data": service.delete(body.room, body.id, connection.identity)}


@event(CHAT, "history", RoomHistory, ack=MessagePage)
def read_history(connection: Connection, body: RoomHistory) -> Any:
    """Read a page of history, oldest first."""
    return history.page(body.room, body, connection.identity)


@event(CHAT, "changes", RoomChanges, ack=MessageChanges)
def read_changes(connection: Connection, body: RoomChanges) -> Any:
    """Read what changed after a position."""
    return history.changes(body.room, body, connection.identity)


def post_ack(connection: Connection, said: PostResult) -> dict[str, Any]:
    """Answer what was said; what a command has to tell comes as `notice`, too."""
    if said.notice is None:
        return {"data": said.message}
    presence.send([connection], "notice", {"text": said.notice})
    return {"data": {"notice": said.notice}}
