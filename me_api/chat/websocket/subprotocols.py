"""The subprotocols of native WebSockets: the messages of both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from me_api.chat.schemas import Message
from me_api.chat.server_events import CHAT
from me_api.chat.websocket.dialect import CourseObject, Shown, ShownNotice
from me_api.chat.websocket.schemas import NativeAuthenticate, NativePost
from me_api.errors import Problems
from me_api.realtime.events import SERVER_EVENTS
from me_api.realtime.schemas import Authenticated, BannedFrom


class NativeMessage(Message, Shown):
    """A message as on every interface, also under the names that the course's clients look for."""

    timestamp: str = Field(description="Its time")
    data: str | None = Field(description="Its text")
    origin: Literal["user"]


class KeyedNotice(ShownNotice):
    """A text for the user."""

    text: str
    key: str | None = Field(default=None, description="The key of the command that it answers")


class Stored(BaseModel):
    """A message that was sent with a key is on disk."""

    key: str
    message: Message


class KeyedAuthenticated(Authenticated):
    """A new token is valid for this connection."""

    key: str | None = Field(default=None, description="The key of the message that it answers")


class KeyedProblems(Problems, ShownNotice):
    """Why a message was refused."""

    key: str | None = Field(default=None, description="The key of that message, if it has one")


@dataclass(frozen=True, slots=True)
class WebSocketMessage:
    """A message of one side; `media_type` if it differs from that of its subprotocol."""

    schema: Any
    summary: str
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Subprotocol:
    """What clients send and what the server sends, and which of that responds to a client."""

    media_type: str
    client: dict[str, WebSocketMessage]
    server: dict[str, WebSocketMessage]
    responses: tuple[str, ...]


def _with_event(name: str, *models: type[BaseModel]) -> type[BaseModel]:
    """Return the model of an event as native clients get it: one object that names it."""
    kind: Any = Literal[name]
    first = models[0]
    return create_model(
        f"Native{first.__name__}", __base__=models, __doc__=first.__doc__, event=(kind, ...)
    )


def _line(pattern: str) -> Any:
    return Annotated[str, Field(pattern=pattern)]


_MEMBER_EVENTS = {
    name: (SERVER_EVENTS[CHAT, name], model)
    for name, model in (
        ("joined", ShownNotice),
        ("left", ShownNotice),
        ("typing", Shown),
        ("room", ShownNotice),
    )
}
_ERROR = "What was wrong with a message; the connection stays open."
_JSON = {
    "message": WebSocketMessage(NativeMessage, SERVER_EVENTS[CHAT, "message"].summary),
    **{
        name: WebSocketMessage(_with_event(name, event.schema, model), event.summary)
        for name, (event, model) in _MEMBER_EVENTS.items()
    },
    "banned": WebSocketMessage(
        _with_event("banned", BannedFrom, ShownNotice), "The client is banned, and is closed."
    ),
    "notice": WebSocketMessage(
        _with_event("notice", KeyedNotice), "The answer to a command, or a private message."
    ),
    "stored": WebSocketMessage(
        _with_event("stored", Stored), "A message that was sent with a key is on disk."
    ),
    "authenticated": WebSocketMessage(
        _with_event("authenticated", KeyedAuthenticated), "A new token has replaced the old one."
    ),
    "errors": WebSocketMessage(KeyedProblems, _ERROR),
}
_BROADCAST = {
    "said": WebSocketMessage(str, "A message of another client, unchanged; binary stays binary."),
    "connected": WebSocketMessage(
        _line(r"^New client connected \(\d+\)\.$"), "Another client has connected."
    ),
    "disconnected": WebSocketMessage(
        _line(r"^Client disconnected \(\d+\)\.$"), "Another client has disconnected."
    ),
    "error": WebSocketMessage(_line("^Error: "), _ERROR),
}
_TEXT = {
    "said": WebSocketMessage(_line(": "), "A new or edited message, behind its nick."),
    "told": WebSocketMessage(
        _line(r"^\* "), "Everything else: members who join and leave, notices, errors."
    ),
}
_ANYTHING = {"anything": WebSocketMessage(str, "A text or binary message.")}
_POST = "Post a message, or run a command."
TO_OTHERS = "broadcast"
"""The subprotocol `json`, by another name, of which a client is not sent what it posts."""
SUBPROTOCOLS = {
    "echo-protocol": Subprotocol(
        "text/plain",
        _ANYTHING,
        {"echo": WebSocketMessage(str, "The client's message, unchanged.")},
        ("echo",),
    ),
    "broadcast-protocol": Subprotocol("text/plain", _ANYTHING, _BROADCAST, ("error",)),
    "text": Subprotocol(
        "text/plain", {"text": WebSocketMessage(str, _POST)}, _TEXT, ("said", "told")
    ),
    "json": Subprotocol(
        "application/json",
        {
            "post": WebSocketMessage(NativePost, _POST),
            "course": WebSocketMessage(
                CourseObject, "Take a nick, post a text, or both, as the course's clients do."
            ),
            "authenticate": WebSocketMessage(
                NativeAuthenticate, "Replace the token, before or after it has expired."
            ),
            "text": WebSocketMessage(_line(r"^\s*[^{\s]"), "The same as plain text.", "text/plain"),
            "string": WebSocketMessage(str, "The same as a string of JSON."),
        },
        _JSON,
        ("message", "notice", "stored", "authenticated", "errors"),
    ),
}
SUBPROTOCOLS[TO_OTHERS] = SUBPROTOCOLS["json"]
