"""The events that the server sends in the chat's namespaces."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from me_api.chat.schemas import CourseMessage, Message
from me_api.realtime.events import emits
from me_api.realtime.schemas import Ready

CHAT = "/chat"
COURSE = "/"


class ChatReady(Ready):
    """The client has received everything it missed in the rooms of its session."""

    rooms: list[str]


class MemberJoined(BaseModel):
    """A member has joined the room."""

    room: str
    nick: str
    verified: bool
    members: int = Field(description="Number of members now")


class MemberLeft(BaseModel):
    """A member has left the room."""

    room: str
    nick: str | None = Field(description="Null only for a client without nick that was removed")
    members: int = Field(description="Number of members now")


class Typing(BaseModel):
    """A member is typing in the room."""

    room: str
    nick: str


emits(CHAT, "message", Message, "A message in its current state.", position=True)
emits(CHAT, "joined", MemberJoined, "A member has joined the room.")
emits(CHAT, "left", MemberLeft, "A member has left the room.")
emits(CHAT, "typing", Typing, "A member is typing.")
emits(COURSE, "chat message", CourseMessage, "A new message, as it was sent.")
emits(COURSE, "history", list[Any], "The latest messages of the lobby, oldest first.")
