"""The forms in which the course's clients receive the messages of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from me_api.chat import payloads

Form = Callable[[dict[str, Any]], Any]
"""Returns a message as `serializer` has it, with its payload if it has one, in one form."""

TIME = ("time", "currtime")
_NAMES = {**dict.fromkeys(payloads.NICK, "nick"), **dict.fromkeys(payloads.TEXT, "text")}
_NAMES |= dict.fromkeys(TIME, "time")
"""Every name under which a nick, a text or a time is read, with the message's field for it."""


def line(message: dict[str, Any]) -> str:
    """Return the message as a text, behind its nick."""
    return f"{message['nick']}: {message['text']}"


def whole(message: dict[str, Any]) -> dict[str, Any]:
    """Return the object that was sent, completed with the names that are missing or empty."""
    sent = payloads.parsed(message.get("payload"))
    body = dict(sent) if isinstance(sent, dict) else {}
    for name, field in _NAMES.items():
        if body.get(name) is None or _is_blank(body[name]):
            body[name] = message[field]
    return body


def json_text(message: dict[str, Any]) -> str:
    """Return the same object as JSON in a string."""
    return orjson.dumps(whole(message)).decode()


def username_and_message(message: dict[str, Any]) -> dict[str, Any]:
    """Return the object that the chat among Socket.IO's examples expects."""
    return {"username": message["nick"], "message": message["text"]}


def _is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()
