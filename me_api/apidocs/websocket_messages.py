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
class Spoken:
    """A message of one side, in the media type of its subprotocol or in another."""

    schema: Any
    summary: str
    media: str | None = None


@dataclass(frozen=True, slots=True)
class Speech:
    """What one subprotocol has: what clients send, what they get, and what of it answers them."""

    media: str
    takes: dict[str, Spoken]
    gives: dict[str, Spoken]
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
    "message": Spoken(NativeMessage, SENT["/chat", "message"].summary),
    **{name: Spoken(_event(name, e.schema), e.summary) for name, e in _HEARD.items()},
    "notice": Spoken(_event("notice", Told), "Answer a command, or tell what another said to one."),
    "stored": Spoken(_event("stored", Stored), "Tell who posted with a key that it is stored."),
    "errors": Spoken(Refused, "Tell what was wrong; the connection stays."),
}
_BROADCAST = {
    "said": Spoken(str, "Give what somebody else has said, as it is; binary as binary."),
    "connected": Spoken(_line(r"^New client connected \(\d+\)\.$"), "Tell that somebody came."),
    "disconnected": Spoken(_line(r"^Client disconnected \(\d+\)\.$"), "Tell that somebody went."),
    "error": Spoken(_line("^Error: "), "Tell what was wrong; the connection stays."),
}
_LINES = {
    "said": Spoken(_line(": "), "Show who said what, or what it was changed to."),
    "told": Spoken(_line(r"^\* "), "Tell all else: who comes and goes, notices, errors."),
}
_ANYTHING = "Say something, text or binary."
SPEECHES = {
    "echo-protocol": Speech(
        "text/plain",
        {"anything": Spoken(str, _ANYTHING)},
        {"echo": Spoken(str, "Give back what was said, as it is.")},
        ("echo",),
    ),
    "broadcast-protocol": Speech(
        "text/plain", {"anything": Spoken(str, _ANYTHING)}, _BROADCAST, ("error",)
    ),
    "text": Speech(
        "text/plain",
        {"text": Spoken(str, "Say something, or have a command done.")},
        _LINES,
        ("said", "told"),
    ),
    "json": Speech(
        "application/json",
        {
            "post": Spoken(NativePost, "Say something, or have a command done."),
            "text": Spoken(_line(r"^\s*[^{\s]"), "The same as plain text.", "text/plain"),
            "string": Spoken(str, "The same as a string of JSON."),
        },
        _JSON,
        ("message", "notice", "stored", "errors"),
    ),
}
