"""The namespace `/` of the course's clients: `chat message` is posted to the lobby, as it is.

There is no session. socket.io-client takes the last argument of an event for an offset if it is a
string, and a payload may be one; without a pid it does not try to recover.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app

from me_api.auth import lookup, nicks
from me_api.auth.identity import Identity
from me_api.chat import payloads, rooms, service
from me_api.chat.author import ConnectionAuthor
from me_api.chat.events import post_ack
from me_api.chat.feed import topic
from me_api.chat.presence.registry import presence
from me_api.chat.responses import CommandResult
from me_api.chat.schemas import CourseMessage, Message
from me_api.chat.server_events import COURSE
from me_api.chat.service import LOBBY
from me_api.errors import Invalid, NotFound
from me_api.eventlog import Entry
from me_api.realtime.auth_payload import AuthPayload
from me_api.realtime.connection import StatelessConnection
from me_api.realtime.events import (
    Connection,
    HandlerResult,
    Namespace,
    event,
    register,
    single_argument,
)
from me_api.validation import Data, validate

NAMELESS = "guest"
"""The nick of messages that have none."""
CLOSED = "The lobby is closed to guests."


class CourseNamespace(Namespace):
    """The namespace `/`: every connection receives the lobby, and none is a member of it."""

    name = COURSE
    log_event = "chat message"
    recovers = False

    def read_auth(self, auth: Any) -> AuthPayload:
        """Return the credentials in an auth payload; unknown fields are ignored, not refused."""
        fields = auth if isinstance(auth, dict) else {}
        known = {name: fields[name] for name in ("token", "guest") if fields.get(name) is not None}
        return validate(AuthPayload, {**known, "nick": _nick(fields)})

    def event(self, entry: Entry) -> list[Any] | None:
        """Return the event for a new message; these clients know neither edits nor deletions."""
        if not entry.new or entry.body["deleted"]:
            return None
        return [self.log_event, payloads.for_course(entry.body)]

    def initial_topics(self, position: int) -> dict[str, int]:
        """Return the lobby: nobody has to join it."""
        return {topic(LOBBY): position}

    def readable_topics(self, topics: dict[str, int], identity: Identity) -> dict[str, int]:
        """Return the lobby if it exists and this client may read it."""
        return service.readable_topics(topics, identity)

    def claim_nick(self, connection: Connection, nick: str | None) -> None:
        """Save the nick for messages without one; it is not checked, nor reserved."""
        assert isinstance(connection, StatelessConnection)
        connection.claimed_nick = nick

    def on_connecting(self, connection: Connection) -> None:
        """Register the connection, so that the lobby can be closed and opened to it."""
        presence.hidden.add(connection)

    def on_live(self, connection: Connection) -> None:
        """Send a notice if the client cannot read the lobby."""
        if not connection.subscriber.topics:
            connection.peer.emit("notice", {"text": _why_unreadable()})

    def on_removed(self, connection: Connection) -> None:
        """Send a notice that the lobby has been closed to the client."""
        connection.peer.emit("notice", {"text": CLOSED})

    def on_disconnect(self, connection: Connection) -> None:
        """Unregister the connection, and its nick if a command has set one."""
        presence.hidden.discard(connection)
        if connection.nick is not None:
            presence.nicknames.release(connection.nick, connection)


register(CourseNamespace())


@dataclass(frozen=True, slots=True)
class CourseAuthor(ConnectionAuthor):
    """The author of a payload: it may name any nick, and only a token verifies one."""

    payload: Any

    def nick(self) -> tuple[str, bool]:
        """Return the nick of the payload, else of the connection; raise `Forbidden` if reserved."""
        client, user = self.client, self.identity.user
        assert isinstance(client, StatelessConnection)
        payload_nick = _nick(self.payload)
        # A nick that was set by the command /nick is checked and reserved already.
        if payload_nick is None and client.nick is not None:
            return client.nick, client.verified
        own = user.nick if user else None
        nick = payload_nick or client.claimed_nick or own or NAMELESS
        if own is not None and nicks.fold(nick) == nicks.fold(own):
            return own, True
        lookup.check_not_reserved(nick)
        return nick, False


@event(
    COURSE,
    "chat message",
    CourseMessage,
    ack=Data[Message | CommandResult | None],
    limit="post",
    read=single_argument,
)
def post(connection: Connection, payload: Any) -> Any:
    """Post a payload to the lobby, as it is; one without text and name is ignored."""
    if not isinstance(payload, str | dict):
        raise Invalid([(None, "A chat message is a string or an object.")])
    payloads.check(payload, current_app.config["SETTINGS"].message_max_length)
    text = payloads.text_of(payload) or ""
    if not text and payloads.nick_of(payload) is None:
        return {"data": None}
    result = service.post(CourseAuthor(connection, payload), LOBBY, text, payload=payload)
    return post_ack(connection, result)


@event(COURSE, "history", ack=Data[list[Any]], read=lambda args: None)
def read_history(connection: Connection, body: None) -> Any:
    """Return the newest page of the lobby; it is sent as an event `history`, too."""
    data = service.lobby(connection.identity)
    # The event is for clients that ask for no acknowledgement.
    return HandlerResult({"data": data}, lambda: connection.peer.emit("history", data))


def _nick(payload: object) -> str | None:
    nick = payloads.nick_of(payload)
    return None if nick is None else nicks.clean(nick)


def _why_unreadable() -> str:
    try:
        rooms.find(LOBBY)
    except NotFound as error:
        return error.detail
    return CLOSED
