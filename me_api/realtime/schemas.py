"""What the server sends in every namespace."""

from __future__ import annotations

from pydantic import BaseModel

from me_api.auth.users import UserInfo
from me_api.errors import Problem


class StatelessConnected(BaseModel):
    """What CONNECT carries where sessions cannot be recovered."""

    sid: str


class Connected(BaseModel):
    """What CONNECT carries; the stock client stores the pid and sends it when it reconnects."""

    sid: str
    pid: str


class ClientLimits(BaseModel):
    """The limits that a client should respect."""

    message_length: int
    posts_per_second: float
    posts_burst: int
    recovery_hours: float
    recovery_limit: int


class Ready(BaseModel):
    """The client has received everything it missed; from here on it is live."""

    nick: str | None
    user: UserInfo | None
    rev: int
    epoch: str
    limits: ClientLimits


class Authenticated(BaseModel):
    """A new token is valid for this connection."""

    user: UserInfo


class Notice(BaseModel):
    """A text for the user; with `errors` if the token of the connection is not valid any more.

    So has the answer to an event that failed and asked for no acknowledgement.
    """

    text: str
    errors: list[Problem] | None = None


class BannedFrom(BaseModel):
    """A ban, which `text` describes to people. The client is removed; without a room, from all."""

    room: str | None
    until: str | None
    reason: str
    text: str


class Closing(BaseModel):
    """The server is about to stop: reconnect after so many seconds."""

    retry_after: float
