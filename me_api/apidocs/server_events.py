"""What the server sends over sockets without being asked; named here once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from me_api.apidocs.error_schema import Problem
from me_api.chat.schemas import CourseMessage, Message
from me_api.reports.schemas import Report
from me_api.users.schemas import UserInfo


class StatelessConnected(BaseModel):
    """What CONNECT carries where nothing can be recovered."""

    sid: str


class Connected(BaseModel):
    """What CONNECT carries; the stock client keeps the pid and sends it when it comes back."""

    sid: str
    pid: str


class Limits(BaseModel):
    """What a client should keep within."""

    message_length: int
    posts_per_second: int
    posts_burst: int
    recovery_hours: float
    recovery_limit: int


class Ready(BaseModel):
    """The client has all it missed; from here on it is live."""

    nick: str | None
    user: UserInfo | None
    rev: int
    epoch: str
    limits: Limits


class ChatReady(Ready):
    """The client has all it missed in the rooms that its session goes on in."""

    rooms: list[str]


class MemberJoined(BaseModel):
    """Somebody came."""

    room: str
    nick: str
    verified: bool
    members: int = Field(description="How many are there now")


class MemberLeft(BaseModel):
    """Somebody went."""

    room: str
    nick: str | None = Field(description="Null only for a nickless client that was sent away")
    members: int = Field(description="How many are there now")


class Typing(BaseModel):
    """Somebody is writing."""

    room: str
    nick: str


class Notice(BaseModel):
    """Something to be told; with `errors` where an event failed that asked for no answer."""

    text: str
    errors: list[Problem] | None = None


class Closing(BaseModel):
    """The server is about to stop; come back after so many seconds."""

    retry_after: float


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """An event of the server; one with a position is followed by it, a string."""

    schema: Any
    summary: str
    position: bool = False


_EVERYWHERE = {
    "notice": ServerEvent(Notice, "Answer what asked for no answer."),
    "closing": ServerEvent(Closing, "Warn before the server stops."),
}
_BY_NAMESPACE = {
    "/": {
        "chat message": ServerEvent(CourseMessage, "Show what somebody said, as it was said."),
        "history": ServerEvent(list[Any], "Show the latest of the lobby, oldest first."),
        **_EVERYWHERE,
    },
    "/chat": {
        "ready": ServerEvent(ChatReady, "End the replay, or begin.", position=True),
        "message": ServerEvent(Message, "Show a message as it now is.", position=True),
        "joined": ServerEvent(MemberJoined, "Tell that somebody came."),
        "left": ServerEvent(MemberLeft, "Tell that somebody went."),
        "typing": ServerEvent(Typing, "Tell that somebody is writing."),
        **_EVERYWHERE,
    },
    "/reports": {
        "ready": ServerEvent(Ready, "End the replay, or begin.", position=True),
        "report": ServerEvent(Report, "Show a report as it now is.", position=True),
        **_EVERYWHERE,
    },
}
SENT: dict[tuple[str, str], ServerEvent] = {
    (namespace, name): sent
    for namespace, events in _BY_NAMESPACE.items()
    for name, sent in events.items()
}
