"""What the course's clients send, a string or an object, and where its text and nick are."""

from __future__ import annotations

from typing import Any

import orjson

from me_api.errors import Invalid

TEXT = ("message", "text", "msg", "body")
NICK = ("name", "user", "nick", "username", "sender")
DEEPEST = 8
"""Objects inside objects in which a text or a nick is looked for."""
ROOM_FOR_MORE = 4000
"""Characters that a payload may have beyond the longest message."""


def check(payload: object, longest: int) -> None:
    """Raise `Invalid` for what could not be stored or sent on; `longest` is that of a message."""
    try:
        written = orjson.dumps(payload)
    except (TypeError, ValueError):
        detail = "Binary data, and objects nested deeper than 100, are not accepted here."
        raise Invalid([(None, detail)]) from None
    if _depth(payload) > 100:
        raise Invalid([(None, "Objects nested deeper than 100 are not accepted here.")])
    if b"\\u0000" in written.replace(b"\\\\", b""):
        raise Invalid([(None, "The character NUL is not accepted here.")])
    if len(written.decode()) > longest + ROOM_FOR_MORE:
        detail = f"At most {longest + ROOM_FOR_MORE} characters of JSON are accepted."
        raise Invalid([(None, detail)], code="too_long")


def text_of(payload: object) -> str | None:
    """Find the text in what was checked; None where there is none, or only white space.

    What stands in its place, and holds no text, counts as it is written in JSON.
    """
    found = _found(payload, TEXT)
    if found is None and isinstance(payload, dict):
        value = payload.get(_place(payload))
        return orjson.dumps(value).decode() if value and not isinstance(value, str) else None
    return found


def nick_of(payload: object) -> str | None:
    """Find the nick in an object."""
    return _found(payload, NICK) if isinstance(payload, dict) else None


def with_text(payload: Any, text: str) -> Any:
    """Put another text where the text is."""
    if not isinstance(payload, dict):
        return text
    place = _place(payload)
    return {**payload, place: with_text(payload.get(place), text)}


def with_time(payload: Any, time: str) -> Any:
    """Give an object that has no time one."""
    if isinstance(payload, dict) and "time" not in payload:
        return {**payload, "time": time}
    return payload


def for_course(message: dict[str, Any]) -> Any:
    """Show a message to a client of the course; what one of them sent is as it was."""
    if "payload" in message:
        return message["payload"]
    return {"name": message["nick"], "message": message["text"], "time": message["time"]}


def _found(value: object, names: tuple[str, ...], depth: int = 0) -> str | None:
    """Look for a text in a value, under these names; a number counts as it is written."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, dict) and depth < DEEPEST:
        inside = (_found(value.get(name), names, depth + 1) for name in names)
        return next((text for text in inside if text), None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return orjson.dumps(value).decode()
    return None


def _place(payload: dict[str, Any]) -> str:
    """Tell under which name the text is, or belongs."""
    with_text = [name for name in TEXT if _found(payload.get(name), TEXT)]
    with_something = [name for name in TEXT if payload.get(name)]
    there = [name for name in TEXT if name in payload]
    return [*with_text, *with_something, *there, TEXT[0]][0]


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0
