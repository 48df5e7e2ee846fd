"""What a client of the course says when it connects: its room, nick, token and secret."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from me_api.auth import api_tokens
from me_api.auth.identity import identify
from me_api.chat.course.author import nick_in
from me_api.errors import Unauthorized
from me_api.extensions import app_extension, settings
from me_api.realtime.auth_payload import AuthPayload
from me_api.validation import validate

_server = app_extension("socketio_server")

FOREIGN_TOKEN = "This token is not of this server: you are a guest."
LONGEST_TOKEN = 4096
"""Characters of a token, as anywhere else."""
LONGEST_NAME = 64
"""Characters of a room's name."""


class CourseAuth(AuthPayload):
    """What of an `auth` payload is known here."""

    has_foreign_token: bool = False


def read_auth(auth: Any) -> CourseAuth:
    """Return the credentials and the nick in an auth payload.

    Unknown fields are ignored, and so is a token that this server has not issued: clients send
    those of servers of their own. Raises `ApiError` for a token that has expired, and for a
    long-lived one that is not valid.
    """
    fields = auth if isinstance(auth, dict) else {}
    token, guest = fields.get("token"), fields.get("guest")
    foreign = token is not None and _is_foreign(token)
    known = {"token": None if foreign else token, "guest": guest, "nick": nick_in(fields)}
    return validate(CourseAuth, {**known, "has_foreign_token": foreign})


def room_of(peer: Any, auth: Any) -> str:
    """Return the name of the room that a client has named: in `auth`, else in its address."""
    named = auth.get("room") if isinstance(auth, dict) else None
    if not isinstance(named, str):
        named = parse_qs(_server.query(peer)).get("room", [""])[0]
    # If there is no such room, a notice with its name is sent.
    shown = "".join(char for char in named if char.isprintable()).strip()[:LONGEST_NAME]
    return shown or settings.course_room


def _is_foreign(token: object) -> bool:
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        return True
    if api_tokens.is_ours(token):
        return False
    try:
        identify(token, None)
    except Unauthorized as error:
        return error.code == "bad_token"
    return False
