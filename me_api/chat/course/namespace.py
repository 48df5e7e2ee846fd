"""The course's clients, unchanged: `chat message` in the namespace `/`, heard by all.

They have no session: nothing that they are sent may be taken for an offset, so they get no pid.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import current_app

from me_api.auth import nicks
from me_api.auth.identity import Identity
from me_api.chat import payloads, rooms, service
from me_api.chat.author import ConnectionAuthor
from me_api.chat.events import post_ack
from me_api.chat.feed import topic
from me_api.chat.presence.registry import presence
from me_api.chat.responses import CommandResult
from me_api.chat.schemas import CourseMessage, Message
from me_api.chat.service import LOBBY
from me_api.errors import Invalid, NotFound
from me_api.eventlog import Batch, Entry
from me_api.realtime.auth_payload import AuthPayload
from me_api.realtime.connection import Connection, Namespace, StatelessConnection
from me_api.realtime.events import HandlerResult, event, register, single_argument
from me_api.validation import Data, validate

COURSE = "/"
NAMELESS = "guest"
"""Under whom a message without a nick is stored."""
CLOSED = "The lobby is closed to guests."


class CourseNamespace(Namespace):
    """The course's namespace."""

    name = COURSE
    log_event = "chat message"
    recovers = False

    def read_auth(self, auth: Any) -> AuthPayload:
        """Take what is known of a handshake; what else these clients send is their own affair."""
        given = auth if isinstance(auth, dict) else {}
        known = {name: given[name] for name in ("token", "guest") if given.get(name) is not None}
        return validate(AuthPayload, {**known, "nick": _nick(given)})

    def event(self, entry: Entry) -> list[Any] | None:
        """Show a message once, when it is new, as it is by then: these clients know no edits."""
        if not entry.new or entry.body["deleted"]:
            return None
        return [self.log_event, payloads.for_course(entry.body)]

    def broadcast(self, batch: Batch, members: Collection[Any]) -> None:
        """Send changes to all these clients, if there is anything to show in them."""
        if self.encode_batch(batch).size:
            super().broadcast(batch, members)

    def initial_topics(self, position: int) -> dict[str, int]:
        """Follow the lobby."""
        return {topic(LOBBY): position}

    def readable_topics(self, topics: dict[str, int], identity: Identity) -> dict[str, int]:
        """Keep the lobby, if this client may read it."""
        return service.readable_topics(topics, identity)

    def claim_nick(self, connection: Connection, nick: str | None) -> None:
        """Remember a nick that is only said: it is taken from nobody, and proves nothing."""
        assert isinstance(connection, StatelessConnection)
        connection.claimed_nick = nick

    def on_connecting(self, connection: Connection) -> None:
        """Let the client be sent away and let in again, though it is not seen in the lobby."""
        presence.hidden.add(connection)

    def on_live(self, connection: Connection) -> None:
        """Tell the client if it hears nothing, and why."""
        if not connection.subscriber.topics:
            connection.peer.emit("notice", {"text": _why_silent()})

    def on_removed(self, connection: Connection) -> None:
        """Tell the client that it hears nothing from now on."""
        connection.peer.emit("notice", {"text": CLOSED})

    def on_disconnect(self, connection: Connection) -> None:
        """Forget the client."""
        presence.hidden.discard(connection)
        if connection.nick is not None:
            presence.nicknames.release(connection.nick, connection)


register(CourseNamespace())


@dataclass(frozen=True, slots=True)
class CourseAuthor(ConnectionAuthor):
    """Who sends a payload: whoever it names, but only a token proves it."""

    payload: Any

    def nick(self) -> tuple[str, bool]:
        """Give the nick in the payload, else that of the client; nobody is turned away for it."""
        client, user = self.client, self.identity.user
        assert isinstance(client, StatelessConnection)
        said = _nick(self.payload)
        if said is None and client.nick is not None:
            return client.nick, client.verified
        own = user.nick if user else None
        nick = said or client.claimed_nick or own or NAMELESS
        if own is not None and nicks.fold(nick) == nicks.fold(own):
            return own, True
        return nick, False


@event(
    COURSE,
    "chat message",
    CourseMessage,
    ack=Data[Message | CommandResult | None],
    limit="post",
    read=single_argument,
)
def say(connection: Connection, payload: Any) -> Any:
    """Say something to all, oneself too, as it is; what holds neither text nor name is ignored."""
    if not isinstance(payload, str | dict):
        raise Invalid([(None, "A chat message is a string or an object.")])
    payloads.check(payload, current_app.config["SETTINGS"].message_max_length)
    text = payloads.text_of(payload) or ""
    if not text and payloads.nick_of(payload) is None:
        return {"data": None}
    said = service.post(CourseAuthor(connection, payload), LOBBY, text, payload=payload)
    return post_ack(connection, said)


@event(COURSE, "history", ack=Data[list[Any]], read=lambda args: None)
def read_history(connection: Connection, body: None) -> Any:
    """Read the latest page of the lobby; it comes as an event, too, for who asks for no answer."""
    data = service.lobby(connection.identity)
    return HandlerResult({"data": data}, lambda: connection.peer.emit("history", data))


def _nick(payload: object) -> str | None:
    nick = payloads.nick_of(payload)
    return None if nick is None else nicks.clean(nick)


def _why_silent() -> str:
    try:
        rooms.find(LOBBY)
    except NotFound as error:
        return error.detail
    return CLOSED
