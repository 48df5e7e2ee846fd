"""The dialects of the course's clients: what each sends, and in which form it receives.

A client is sent the messages of others in the dialect in which it has spoken last, and its own
message as it was. Each dialect is a group of connections, for which a commit is encoded once;
those that are spoken by nobody cost nothing. To serve another kind of client, add a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from me_api.chat import payloads
from me_api.chat.course import forms
from me_api.chat.course.forms import Form
from me_api.eventlog import timestamp

SERVER = "Server"
"""The nick of answers, refusals, joins and leaves."""

MemberEvent = Callable[["Dialect", str, dict[str, Any]], list[Any] | None]
"""Returns an event about a member (`joined`, `left`, `typing`, `stop typing`), None for none."""


def as_lines(dialect: Dialect, event: str, body: dict[str, Any]) -> list[Any] | None:
    """Return a message from the server that somebody has joined or left."""
    if event not in ("joined", "left"):
        return None
    return dialect.server_event(f"{body['nick']} {event} ({body['members']} here).")


def as_events(dialect: Dialect, event: str, body: dict[str, Any]) -> list[Any] | None:
    """Return the event as the chat among Socket.IO's examples has it."""
    if event in ("joined", "left"):
        return [f"user {event}", {"username": body["nick"], "numUsers": body["members"]}]
    return [event, {"username": body["nick"]}]


def not_at_all(dialect: Dialect, event: str, body: dict[str, Any]) -> list[Any] | None:
    """Return None: a client that expects strings would show an object as `[object Object]`."""
    return None


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a client sends, and what it receives."""

    event: str
    """The event of messages, in both directions."""
    payload: str
    """What it sends with the event: the kinds are `TEXT`, `OBJECT` and `JSON`."""
    form: Form
    """The form in which it receives the messages of others, and those of the server."""
    member_event: MemberEvent = as_lines
    own: bool = True
    """Whether its own messages are sent to it, as it has sent them."""

    @property
    def name(self) -> str:
        """What encodings are stored under."""
        return f"/ {self.event} {self.form.__name__}"

    def message_event(self, message: dict[str, Any]) -> list[Any]:
        """Return the event for a message of another client."""
        return [self.event, self.form(message)]

    def server_event(self, text: str) -> list[Any]:
        """Return the event for a message of the server."""
        return self.message_event({"nick": SERVER, "text": text, "time": timestamp()})


TEXT, OBJECT, JSON = "text", "object", "JSON in a string"

# sends, and receives    with           others' messages      joins, leaves and typing
DIALECTS = (
    Dialect("chat message", TEXT, forms.line),
    Dialect("chat message", OBJECT, forms.whole),
    Dialect("chat message", JSON, forms.json_text),
    Dialect("message", TEXT, forms.line),
    Dialect("message", OBJECT, forms.whole),
    Dialect("message", JSON, forms.json_text),
    Dialect("new message", TEXT, forms.line),
    Dialect("new message", OBJECT, forms.whole),
    Dialect("new message", JSON, forms.json_text),
)
EXAMPLE = Dialect("new message", TEXT, forms.username_and_message, as_events, own=False)
"""Of the chat among Socket.IO's examples: it begins with `add user`, and shows its own messages
before they are sent."""
UNDECIDED = Dialect("chat message", OBJECT, forms.whole, not_at_all)
"""Of a client that has not spoken yet."""

_SPOKEN = {(dialect.event, dialect.payload): dialect for dialect in DIALECTS}
EVENTS = tuple(dict.fromkeys(dialect.event for dialect in DIALECTS))
"""The events of messages."""


def kind_of(payload: object) -> str:
    """Return which kind of payload this is."""
    if isinstance(payload, dict):
        return OBJECT
    return TEXT if payloads.parsed(payload) is payload else JSON


def spoken(event: str, payload: object, before: Dialect) -> Dialect:
    """Return the dialect of a client that sends this, and had another one before."""
    if before is EXAMPLE and event == EXAMPLE.event:
        return EXAMPLE
    return _SPOKEN[event, kind_of(payload)]


def kinds_of(messages: Iterable[dict[str, Any]]) -> list[str]:
    """Return the kinds of the payloads of those messages that clients of the course have sent."""
    return [kind_of(message["payload"]) for message in messages if "payload" in message]


def agreed(kinds: Iterable[str]) -> Dialect:
    """Return the dialect of messages that are all of one kind; `UNDECIDED` if they are not."""
    found = set(kinds)
    return _SPOKEN[UNDECIDED.event, found.pop()] if len(found) == 1 else UNDECIDED
