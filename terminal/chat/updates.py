"""What a session in a room passes on to what shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Started:
    """The newest page of the room; what was shown before is of another log, or nothing."""

    messages: list[Message]
    again: bool


@dataclass(frozen=True, slots=True)
class Connected:
    """The session is live, with everything that was missed on its way; `again` after a loss."""

    again: bool


@dataclass(frozen=True, slots=True)
class Disconnected:
    """There is no connection, and why; the next attempt is in `retry_in` seconds."""

    problem: str
    retry_in: float


@dataclass(frozen=True, slots=True)
class Received:
    """A message that is new, edited or deleted, in its current state."""

    message: Message
    is_new: bool


@dataclass(frozen=True, slots=True)
class MembersChanged:
    """The members of the room, in the order of their nicks; `notice` says what has changed."""

    members: list[str]
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody in the room is typing."""

    nick: str


@dataclass(frozen=True, slots=True)
class Notice:
    """The result of a command, or what the server has to say."""

    text: str


@dataclass(frozen=True, slots=True)
class OutboxChanged:
    """A text was stored, executed or refused, or was typed."""


Update = (
    Started | Connected | Disconnected | Received | MembersChanged | Typing | Notice | OutboxChanged
)
