"""The `auth` payload that a Socket.IO client sends when it connects."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from me_api.auth.identity import Secret, Token
from me_api.auth.nicks import Nick
from me_api.validation import Input

MAX_PID = 200
"""Characters."""


def _known_pid(value: object) -> str | None:
    """Return a pid that may be one of ours; else None, as for a client that has none."""
    return value if isinstance(value, str) and len(value) <= MAX_PID else None


def _text(value: object) -> str | None:
    """Return an offset; an empty text, which is no position, for one that is not a text."""
    return value if value is None or isinstance(value, str) else ""


class NewToken(Input):
    """A token in place of the one that the connection was opened with."""

    token: Token


class AuthPayload(Input):
    """The `auth` of a connection; the stock client adds `pid` and `offset` when it reconnects."""

    nick: Nick | None = None
    token: Token | None = None
    guest: Secret | None = None
    # Neither is ever refused: then the client could not connect, not even without its session.
    pid: Annotated[str | None, BeforeValidator(_known_pid)] = None
    offset: Annotated[str | None, BeforeValidator(_text)] = None
