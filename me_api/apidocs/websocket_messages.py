"""What is said on native WebSockets, by subprotocol; named here once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from me_api.apidocs.error_schema import Problems
from me_api.apidocs.server_events import SENT
from me_api.chat.schemas import Message, NativePost


class NativeMessage(Message):
    """A message as on every wire, with its time and text under the course's names, too."""

    timestamp: str = Field(description="Its time")
    data: str | None = Field(description="Its text")


class Told(BaseModel):
    """Something to be told."""

    text: str
    key: str | None = Field(default=None, description="That of the command which it answers")


class Stored(BaseModel):
    """What was sent with a key is on disk."""

    key: str
    message: Message


class Refused(Problems):
    """Why something was refused, and what."""

    key: str | None = Field(default=None, description="That of what was refused, where it has one")


@dataclass(frozen=True, slots=True)
class WebSocketMessage:
    """A message of one side, in the media type of its subprotocol or in another."""

    schema: Any
    summary: str
    media: str | None = None


@dataclass(frozen=True, slots=True)
class Subprotocol:
    """What one subprotocol has: what clients send, what they get, and what of it answers them."""

    media: str
    takes: dict[str, WebSocketMessage]
    gives: dict[str, WebSocketMessage]
    answers: tuple[str, ...]


def _event(name: str, model: type[BaseModel]) -> type[BaseModel]:
    """Describe an event as native clients get it: one object, which says what it is."""
    kind: Any = Literal[name]
    return create_model(
        f"Native{model.__name__}", __base__=model, __doc__=model.__doc__, event=(kind, ...)
    )


def _line(pattern: str) -> Any:
    return Annotated[str, Field(pattern=pattern)]


_HEARD = {name: SENT["/chat", name] for name in ("joined", "left", "typing")}
_JSON = {
    "message": WebSocketMessage(NativeMessage, SENT["/chat", "message"].summary),
    **{name: WebSocketMessage(_event(name, e.schema), e.summary) for name, e in _HEARD.items()},
    "notice": WebSocketMessage(
        _event("notice", Told), "Answer a command, or tell what another said to one."
    ),
    "stored": WebSocketMessage(
        _event("stored", Stored), "Tell who posted with a key that it is stored."
    ),
    "errors": WebSocketMessage(Refused, "Tell what was wrong; the connection stays."),
}
_BROADCAST = {
    "said": WebSocketMessage(str, "Give what somebody else has said, as it is; binary as binary."),
    "connected": WebSocketMessage(
        _line(r"^New client connected \(\d+\)\.$"), "Tell that somebody came."
    ),
    "disconnected": WebSocketMessage(
        _line(r"^Client disconnected \(\d+\)\.$"), "Tell that somebody went."
    ),
    "error": WebSocketMessage(_line("^Error: "), "Tell what was wrong; the connection stays."),
}
_LINES = {
    "said": WebSocketMessage(_line(": "), "Show who said what, or what it was changed to."),
    "told": WebSocketMessage(_line(r"^\* "), "Tell all else: who comes and goes, notices, errors."),
}
_ANYTHING = "Say something, text or binary."
SUBPROTOCOLS = {
    "echo-protocol": Subprotocol(
        "text/plain",
        {"anything": WebSocketMessage(str, _ANYTHING)},
        {"echo": WebSocketMessage(str, "Give back what was said, as it is.")},
        ("echo",),
    ),
    "broadcast-protocol": Subprotocol(
        "text/plain", {"anything": WebSocketMessage(str, _ANYTHING)}, _BROADCAST, ("error",)
    ),
    "text": Subprotocol(
        "text/plain",
        {"text": WebSocketMessage(str, "Say something, or have a command done.")},
        _LINES,
        ("said", "told"),
    ),
    "json": Subprotocol(
        "application/json",
        {
            "post": WebSocketMessage(NativePost, "Say something, or have a command done."),
            "text": WebSocketMessage(_line(r"^\s*[^{\s]"), "The same as plain text.", "text/plain"),
            "string": WebSocketMessage(str, "The same as a string of JSON."),
        },
        _JSON,
        ("message", "notice", "stored", "errors"),
    ),
}
