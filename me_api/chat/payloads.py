"""Payloads of the course's clients: a string or an object, in which text and nick are found."""

from __future__ import annotations

import re
from typing import Any

import orjson

from me_api.errors import Invalid
from me_api.validation.texts import is_visible

TEXT = ("message", "text", "msg", "body")
NICK = ("name", "user", "nick", "username", "sender")
DEEPEST = 8
"""How many levels of objects are searched for a text or a nick."""
MOST_LEVELS = 100
"""How deep objects may be nested."""
EXTRA_CHARACTERS = 4000
"""Characters of JSON that a payload may have beyond the longest message."""

_CONTROL = re.compile(rb"\\u00|\\[bf]|\x7f|\xc2[\x80-\x9f]")
"""All but tabs and line ends, as orjson writes them."""


def check(payload: object, longest: int) -> None:
    """Raise `Invalid` if a payload cannot be stored; `longest` is the limit of a message's text."""
    inside = parsed(payload)
    try:
        encoded = orjson.dumps(payload)
    except (TypeError, ValueError):
        detail = "Binary data, and objects nested deeper than 100, are not accepted here."
        raise Invalid([(None, detail)]) from None
    if _depth(payload) > MOST_LEVELS:
        raise Invalid([(None, "Objects nested deeper than 100 are not accepted here.")])
    # Of an object in a string, the text is stored, too.
    written = encoded if inside is payload else encoded + orjson.dumps(inside)
    # An escaped backslash before u0000 is harmless, so these are removed before the search.
    if _CONTROL.search(written.replace(b"\\\\", b"")):
        raise Invalid([(None, "Control characters are not accepted here.")])
    if len(encoded.decode()) > longest + EXTRA_CHARACTERS:
        detail = f"At most {longest + EXTRA_CHARACTERS} characters of JSON are accepted."
        raise Invalid([(None, detail)], code="too_long")


def parsed(payload: Any) -> Any:
    """Return the object in a string that is the JSON of a message; any other payload as it is."""
    if not isinstance(payload, str) or not payload.lstrip().startswith("{"):
        return payload
    try:
        value = orjson.loads(payload)
        # What is nested too deeply to be encoded again is not read either.
        orjson.dumps(value)
    except (TypeError, ValueError):
        return payload
    if not isinstance(value, dict) or _depth(value) > MOST_LEVELS:
        return payload
    has_text = any(name in value for name in TEXT)
    return value if has_text and (_find(value, TEXT) or _find(value, NICK)) else payload


def text_of(payload: object) -> str | None:
    """Return the text of a checked payload; None if there is none, or only white space.

    A value in the text's place that contains no text is returned as JSON.
    """
    payload = parsed(payload)
    text = _find(payload, TEXT)
    if text is None and isinstance(payload, dict):
        value = payload.get(_text_field(payload))
        return orjson.dumps(value).decode() if value and not isinstance(value, str) else None
    return text


def nick_of(payload: object) -> str | None:
    """Return the nick in a payload; None if there is none, or if the payload is only a text."""
    payload = parsed(payload)
    return _find(payload, NICK) if isinstance(payload, dict) else None


def with_text(payload: Any, text: str) -> Any:
    """Return the payload with another text in the place of its text."""
    inside = parsed(payload)
    changed = _with_text(inside, text)
    return changed if inside is payload else orjson.dumps(changed).decode()


def with_time(payload: Any, time: str) -> Any:
    """Return the payload with a time, if it is an object that has none."""
    if isinstance(payload, dict) and "time" not in payload:
        return {**payload, "time": time}
    return payload


def for_course(message: dict[str, Any]) -> Any:
    """Return a message as it was said: the payload of a client of the course, or an object."""
    if "payload" in message:
        return message["payload"]
    return {"name": message["nick"], "message": message["text"], "time": message["time"]}


def _with_text(value: Any, text: str) -> Any:
    if not isinstance(value, dict):
        return text
    field = _text_field(value)
    return {**value, field: _with_text(value.get(field), text)}


def _find(value: object, names: tuple[str, ...], depth: int = 0) -> str | None:
    """Return the first text in a value, or in its fields of these names; a number as JSON."""
    if isinstance(value, str):
        return value if is_visible(value) else None
    if isinstance(value, dict) and depth < DEEPEST:
        inside = (_find(value.get(name), names, depth + 1) for name in names)
        return next((text for text in inside if text), None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return orjson.dumps(value).decode()
    return None


def _text_field(payload: dict[str, Any]) -> str:
    """Return the name of the field that holds the text, or that would hold it."""
    with_words = [name for name in TEXT if _find(payload.get(name), TEXT)]
    with_value = [name for name in TEXT if payload.get(name)]
    present = [name for name in TEXT if name in payload]
    return [*with_words, *with_value, *present, TEXT[0]][0]


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0
