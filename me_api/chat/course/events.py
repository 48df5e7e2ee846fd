"""The events of the namespace `/`: what the course's clients send."""

from __future__ import annotations

from typing import Any

from flask import current_app

from me_api.auth import nicks
from me_api.chat import access, history, payloads, service
from me_api.chat.course import dialects, typing
from me_api.chat.course.author import CourseAuthor, nick_in
from me_api.chat.course.dialects import EXAMPLE, UNDECIDED
from me_api.chat.course.namespace import CourseNamespace
from me_api.chat.course.room import CourseRoom
from me_api.chat.events import post_ack
from me_api.chat.message_changes import PostMessage
from me_api.chat.presence import remote_events
from me_api.chat.presence.registry import presence
from me_api.chat.responses import CommandResult
from me_api.chat.schemas import CourseMessage, History, Message
from me_api.chat.server_events import COURSE
from me_api.chat.service import PostResult
from me_api.errors import ApiError, Invalid
from me_api.eventlog import log
from me_api.extensions import loop
from me_api.realtime.events import HandlerResult, event, register
from me_api.validation import Data

namespace = CourseNamespace(CourseRoom(service.LOBBY, loop))
register(namespace)


def _first(args: tuple[Any, ...]) -> Any:
    """Return the first argument, or an empty object; what follows it is ignored."""
    return args[0] if args and args[0] is not None else {}


def _nothing(args: tuple[Any, ...]) -> None:
    """Return None: the arguments are ignored."""


def _show_refusal(connection: Any, error: ApiError) -> None:
    """Send an error as a message of the server, too: these clients show nothing else."""
    connection.namespace.answer(connection, error.detail)


def _declare_post(name: str) -> None:
    @event(
        COURSE,
        name,
        CourseMessage,
        ack=Data[Message | CommandResult | None],
        limit="post",
        read=_first,
        refused=_show_refusal,
    )
    def post(connection: Any, payload: Any) -> Any:
        """Post a payload to the room, as it is; one without text and name is ignored."""
        return _post(connection, name, payload)


def _post(connection: Any, name: str, payload: Any) -> Any:
    if not isinstance(payload, str | dict):
        raise Invalid([(None, "A chat message is a string or an object.")])
    namespace: CourseNamespace = connection.namespace
    namespace.speak(connection, dialects.spoken(name, payload, namespace.dialect))
    payloads.check(payload, current_app.config["SETTINGS"].message_max_length)
    text, nick = payloads.text_of(payload) or "", nick_in(payload)
    if not text and payloads.nick_of(payload) is None:
        return {"data": None}
    author = CourseAuthor(connection, payload)
    result = service.prepare_payload(author, connection.room, text, payload)
    if isinstance(result, PostMessage):
        with namespace.room.own_posts.waiting(connection, result):
            result = PostResult(*log.commit(result))
    ack = post_ack(connection, result)
    # Afterwards, because it may wait for the database: the client's next message must not overtake.
    return ack if nick is None else HandlerResult(ack, lambda: connection.name(nick))


def _declare_history(name: str) -> None:
    @event(COURSE, name, ack=Data[list[Any]], read=_nothing, refused=_show_refusal)
    def read_history(connection: Any, body: None) -> Any:
        """Return the newest page of the room; it is sent as an event of the same name, too.

        What is in it is not sent after it: all that a client receives from then on is new.
        """
        page = history.published_page(connection.room, History(), connection.identity)
        messages = [message for message in page["data"] if not message["deleted"]]
        dialect = connection.namespace.dialect
        if dialect is UNDECIDED:
            dialect = dialects.agreed(dialects.kinds_of(messages))
        data = [dialect.form(message) for message in messages]
        # The event is for clients that ask for no acknowledgement.
        return HandlerResult({"data": data}, lambda: connection.peer.emit(name, data))


for _name in dialects.EVENTS:
    _declare_post(_name)
for _name in ("history", "get history"):
    _declare_history(_name)


@event(COURSE, "add user", str, ack=Data[None], limit="join", read=_first, refused=_show_refusal)
def add_user(connection: Any, username: Any) -> Any:
    """Name a nick as the chat among Socket.IO's examples does; its dialect is used from now on."""
    nick = nicks.clean(username) if isinstance(username, str) else nick_in(username)
    if nick is None:
        raise Invalid([(None, "A user has a name.")])
    namespace: CourseNamespace = connection.namespace
    if namespace.dialect is not EXAMPLE:
        namespace.speak(connection, EXAMPLE)
        connection.name(nick)
        members = max(1, presence.count(connection.room))
        connection.peer.emit("login", {"numUsers": members})
    return {"data": None}


@event(COURSE, "typing", ack=Data[None], limit="typing", read=_nothing)
def start_typing(connection: Any, body: None) -> Any:
    """Notify the others in the room that the client is writing, if it has named a nick."""
    if connection.nick is not None and connection.subscriber.topics:
        access.check_writable(connection.room, connection.identity)
        remote_events.send_typing(connection.room, connection.sender, connection.nick)
    return {"data": None}


@event(COURSE, "stop typing", ack=Data[None], limit="typing", read=_nothing)
def stop_typing(connection: Any, body: None) -> Any:
    """Notify the others that the client is not writing any longer."""
    if connection.nick is not None and connection.subscriber.topics:
        typing.send_stopped(connection.room, connection.sender, connection.nick)
    return {"data": None}
