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
from me_api.chat.author import Connected
from me_api.chat.events import answer
from me_api.chat.responses import Told
from me_api.chat.rooms import hall
from me_api.chat.schemas import CourseMessage, Message
from me_api.chat.serializer import topic
from me_api.chat.service import LOBBY
from me_api.errors import Invalid, NotFound
from me_api.eventlog import Batch, Entry
from me_api.realtime.auth_payload import Handshake
from me_api.realtime.connection import Connection, Listener, Namespace
from me_api.realtime.events import Answer, event, one, register
from me_api.validation import Data, parse

COURSE = "/"
NAMELESS = "guest"
"""Under whom a message without a nick is stored."""
CLOSED = "The lobby is closed to guests."


class Course(Namespace):
    """The course's namespace."""

    name = COURSE
    log_event = "chat message"
    recovers = False

    def handshake(self, auth: Any) -> Handshake:
        """Take what is known of a handshake; what else these clients send is their own affair."""
        given = auth if isinstance(auth, dict) else {}
        known = {name: given[name] for name in ("token", "guest") if given.get(name) is not None}
        return parse(Handshake, {**known, "nick": _nick(given)})

    def event(self, entry: Entry) -> list[Any] | None:
        """Show a message once, when it is new, as it is by then: these clients know no edits."""
        if not entry.new or entry.body["deleted"]:
            return None
        return [self.log_event, payloads.shown(entry.body)]

    def broadcast(self, batch: Batch, members: Collection[Any]) -> None:
        """Send changes to all these clients, if there is anything to show in them."""
        if self.encoded(batch).size:
            super().broadcast(batch, members)

    def topics(self, position: int) -> dict[str, int]:
        """Follow the lobby."""
        return {topic(LOBBY): position}

    def readable(self, topics: dict[str, int], identity: Identity) -> dict[str, int]:
        """Keep the lobby, if this client may read it."""
        return service.readable_topics(topics, identity)

    def claim(self, connection: Connection, nick: str | None) -> None:
        """Remember a nick that is only said: it is taken from nobody, and proves nothing."""
        assert isinstance(connection, Listener)
        connection.said = nick

    def arriving(self, connection: Connection) -> None:
        """Let the client be sent away and let in again, though it is not seen in the lobby."""
        hall.unseen.add(connection)

    def opened(self, connection: Connection) -> None:
        """Tell the client if it hears nothing, and why."""
        if not connection.subscriber.topics:
            connection.peer.emit("notice", {"text": _why_silent()})

    def expelled(self, connection: Connection) -> None:
        """Tell the client that it hears nothing from now on."""
        connection.peer.emit("notice", {"text": CLOSED})

    def closed(self, connection: Connection) -> None:
        """Forget the client."""
        hall.unseen.discard(connection)
        if connection.nick is not None:
            hall.names.drop(connection.nick, connection)


register(Course())


@dataclass(frozen=True, slots=True)
class Said(Connected):
    """Who sends a payload: whoever it names, but only a token proves it."""

    payload: Any

    def name(self) -> tuple[str, bool]:
        """Give the nick in the payload, else that of the client; nobody is turned away for it."""
        client, user = self.client, self.identity.user
        assert isinstance(client, Listener)
        said = _nick(self.payload)
        if said is None and client.nick is not None:
            return client.nick, client.verified
        own = user.nick if user else None
        nick = said or client.said or own or NAMELESS
        if own is not None and nicks.fold(nick) == nicks.fold(own):
            return own, True
        return nick, False


@event(
    COURSE,
    "chat message",
    CourseMessage,
    answer=Data[Message | Told | None],
    limit="post",
    read=one,
)
def say(connection: Connection, payload: Any) -> Any:
    """Say something to all, oneself too, as it is; what holds neither text nor name is ignored."""
    if not isinstance(payload, str | dict):
        raise Invalid([(None, "A chat message is a string or an object.")])
    payloads.check(payload, current_app.config["SETTINGS"].message_max_length)
    text = payloads.text_of(payload) or ""
    if not text and payloads.nick_of(payload) is None:
        return {"data": None}
    said = service.say(Said(connection, payload), LOBBY, text, payload=payload)
    return answer(connection, said)


@event(COURSE, "history", answer=Data[list[Any]], read=lambda args: None)
def read_history(connection: Connection, body: None) -> Any:
    """Read the latest page of the lobby; it comes as an event, too, for who asks for no answer."""
    data = service.lobby(connection.identity)
    return Answer({"data": data}, lambda: connection.peer.emit("history", data))


def _nick(payload: object) -> str | None:
    nick = payloads.nick_of(payload)
    return None if nick is None else nicks.fit(nick)


def _why_silent() -> str:
    try:
        rooms.place(LOBBY)
    except NotFound as error:
        return error.detail
    return CLOSED
