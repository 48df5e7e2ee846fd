"""The events of the chat's Socket.IO namespace `/chat`."""

from __future__ import annotations

from typing import Any

from me_api.chat import access, history, rooms, service
from me_api.chat.author import ConnectionAuthor
from me_api.chat.feed import topic
from me_api.chat.namespace import ChatNamespace
from me_api.chat.presence import remote_events
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
from me_api.chat.server_events import CHAT
from me_api.chat.service import PostResult
from me_api.errors import ApiError
from me_api.eventlog import log
from me_api.rate_limits import rate_limiter
from me_api.realtime.events import Connection, HandlerResult, event, register
from me_api.realtime.pending_commit import PendingCommit
from me_api.realtime.ready import start_or_close
from me_api.validation import Data

namespace = ChatNamespace()
register(namespace)


@event(CHAT, "join", Join, ack=Data[Joined])
def join(connection: Connection, body: Join) -> Any:
    """Join a room; its changes after the answer's `rev` follow as events."""
    name = topic(body.room)
    # Paused until the answer has been sent, so that the events follow it on the wire.
    log.tail.pause(connection.subscriber)
    try:
        snapshot = service.join_snapshot(body, connection.identity)
        if not snapshot["more"]:
            _save_room(connection, body.room, snapshot["rev"])
    except Exception:
        _resume(connection)
        raise
    return _joined(connection, name, snapshot)


def _resume(connection: Connection) -> None:
    """Send what has followed meanwhile; close the connection if that cannot be read."""
    start_or_close(lambda each: log.tail.resume(each.subscriber), connection)


def _save_room(connection: Connection, room: str, rev: int) -> None:
    """Save in the session that it is in a room; raises what refuses it meanwhile."""
    name = topic(room)
    rate_limiter.check("join", connection.rate_keys)
    # A session that is in the room already keeps its position: what has been sent since then may
    # not have arrived, and is replayed if the connection is lost.
    connection.save_topic(name, connection.saved_topics.get(name, rev))
    # Hidden, so that it is removed if the room is closed while its access is read.
    presence.hidden.add(connection)
    try:
        access.readable(room, connection.identity)
    except ApiError:
        connection.revoke(name)
        raise
    finally:
        presence.hidden.discard(connection)
    if name not in connection.saved_topics and not connection.closed:
        access.readable(room, connection.identity)


def _joined(connection: Connection, name: str, snapshot: dict[str, Any]) -> HandlerResult:
    """Subscribe the connection and return the answer; the subscriber is resumed after it."""
    room = snapshot["room"]
    # The connection may have been lost while the session was written to disk.
    if not snapshot["more"] and not connection.subscriber.closed:
        connection.subscriber.topics.setdefault(name, snapshot["rev"])
        presence.add(room, connection)
    body = {"data": {**snapshot, "members": presence.members(room)}}
    return HandlerResult(body, lambda: _resume(connection))


@event(CHAT, "leave", RoomInput, ack=Data[Left])
def leave(connection: Connection, body: RoomInput) -> Any:
    """Leave a room; its changes are not sent any more."""
    access.readable(body.room, connection.identity)
    rate_limiter.check("join", connection.rate_keys)
    # Saved first: if that fails, the client is still in the room.
    connection.forget_topic(topic(body.room))
    log.tail.unsubscribe(connection.subscriber, topic(body.room))
    presence.remove(body.room, connection)
    return {"data": {"room": body.room}}


@event(CHAT, "members", RoomInput, ack=Data[list[Member]])
def members(connection: Connection, body: RoomInput) -> Any:
    """List the members of a room."""
    return {"data": rooms.members(body.room, connection.identity)}


@event(CHAT, "typing", RoomInput, ack=Data[None], limit="typing")
def typing(connection: Connection, body: RoomInput) -> Any:
    """Notify the others in a room that the client is writing."""
    access.readable(body.room, connection.identity)
    # Who is typing is about to write there.
    access.check_writable(body.room, connection.identity)
    nick, _ = ConnectionAuthor(connection).nick()
    remote_events.send_typing(body.room, connection.sender, nick)
    return {"data": None}


@event(CHAT, "post", Post, ack=Data[Message | CommandResult], limit="post")
def post(connection: Connection, body: Post) -> Any:
    """Post a message, or run a command; a message is acknowledged once it is on disk."""
    prepared = service.prepare(ConnectionAuthor(connection), body.room, body.text, body.key)
    if isinstance(prepared, PostResult):
        return post_ack(connection, prepared)
    return PendingCommit(prepared, lambda stored: {"data": stored[0]})


@event(CHAT, "edit", Edit, ack=Data[Message], limit="post")
def edit(connection: Connection, body: Edit) -> Any:
    """Replace the text of a message."""
    return {"data": service.edit(body.room, body.id, body.text, connection.identity)}


@event(CHAT, "delete", Target, ack=Data[Message], limit="post")
def delete(connection: Connection, body: Target) -> Any:
    """Delete a message but for a tombstone."""
    return {"data": service.delete(body.room, body.id, connection.identity)}


@event(CHAT, "history", RoomHistory, ack=MessagePage)
def read_history(connection: Connection, body: RoomHistory) -> Any:
    """Read a page of history, oldest first."""
    return history.page(body.room, body, connection.identity)


@event(CHAT, "changes", RoomChanges, ack=MessageChanges)
def read_changes(connection: Connection, body: RoomChanges) -> Any:
    """Read the changes of a room after a position."""
    return history.changes(body.room, body, connection.identity)


def post_ack(connection: Connection, result: PostResult) -> dict[str, Any]:
    """Return the acknowledgement of a post; a command's answer is sent as a `notice`, too."""
    if result.notice is None:
        return {"data": result.message}
    presence.send([connection], "notice", {"text": result.notice})
    return {"data": {"notice": result.notice}}
