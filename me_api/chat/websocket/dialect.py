"""The names by which the course's native clients send and show nicks and texts.

Each client has its own; what the server sends has all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field

from me_api.auth import nicks
from me_api.chat import payloads
from me_api.errors import Invalid
from me_api.validation.texts import is_visible

SERVER = "Server"
"""In the place of a nick, for what is not a message."""
DELETED = "(deleted)"
DATA = "data"
"""A text, beside the names of `payloads.TEXT`."""
NICKNAME = "nickname"
"""A nick, beside the names of `payloads.NICK`."""
PARAMS = "params"
"""An object whose fields count like those beside it."""
COMMAND = "command"
"""The name of a command; with a text or a nick, or `params` that may have them, it says nothing."""

# `text` and `data` alone are this server's own form, whose other fields are checked.
_NAMES = frozenset((*payloads.TEXT, *payloads.NICK, NICKNAME, PARAMS, COMMAND)) - {"text"}


CourseObject = Annotated[
    dict[str, Any],
    Field(
        description="An object with a text under message, text, msg, body or data, a nick under"
        " name, user, nick, username, sender or nickname, or both; also in an object under params."
        " Or with the name of a command alone, under command"
    ),
]


class Shown(BaseModel):
    """What the course's clients show, under the names that they look for."""

    username: str = Field(description="Its author; `Server` if it is not a message")
    nickname: str = Field(description="The same")
    message: str = Field(description="What is to be shown")


class ShownNotice(Shown):
    """A text of the server as the course's clients show it."""

    nick: str = Field(description="`Server`")
    data: str = Field(description="What is to be shown")


@dataclass(frozen=True, slots=True)
class CoursePost:
    """What a client of the course has sent: a text (which may be a command), a nick, or both."""

    text: str | None
    nick: str | None
    key: Any


def shown(author: str, text: str) -> dict[str, str]:
    """Return an author and a text under the names that the course's clients look for."""
    return {"username": author, "nickname": author, "message": text}


def shown_notice(text: str) -> dict[str, str]:
    """Return a text of the server under these names."""
    return {"nick": SERVER, **shown(SERVER, text), DATA: text}


def is_course(fields: dict[str, Any]) -> bool:
    """Return whether an object is one of the course's: it has a name that only these use."""
    return not _NAMES.isdisjoint(fields)


def read(fields: dict[str, Any], longest: int) -> CoursePost:
    """Return what is in an object of the course; other fields are ignored.

    `longest` is the limit of a message's text in characters. Raises `Invalid` for an object that is
    too large, or has neither text nor nick.
    """
    payloads.check(fields, longest)
    params = fields.get(PARAMS)
    payload = {**fields, **params} if isinstance(params, dict) else fields
    text = payloads.text_of(payload) or payloads.text_of({"text": payload.get(DATA)})
    nick = payloads.nick_of(payload) or payloads.nick_of({"nick": payload.get(NICKNAME)})
    nick = None if nick is None else nicks.clean(nick)
    if text is None and nick is None and PARAMS not in fields:
        text = _command(fields.get(COMMAND))
    if text is None and nick is None:
        raise Invalid([("message", "A message needs text.")])
    return CoursePost(text, nick, fields.get("key"))


def _command(name: object) -> str | None:
    """Return the text of a command, `/clients` for `clients`; None for what is no name."""
    if not isinstance(name, str) or not is_visible(name):
        return None
    return f"/{name.strip().removeprefix('/')}"
