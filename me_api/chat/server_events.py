"""The events that the server sends in the chat's namespaces."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from me_api.auth.users import UserInfo
from me_api.chat.schemas import CourseMessage, Guests, Message
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


class RoomChanged(BaseModel):
    """A room as it is now, and that in words. From a deleted one the client is removed."""

    name: str
    title: str
    guests: Guests
    archived: str | None
    deleted: bool
    text: str


class Typing(BaseModel):
    """A member is typing in the room."""

    room: str
    nick: str


class UserChanged(BaseModel):
    """The nick and the user of the client, as they are now."""

    nick: str | None = Field(description="Null for a client without nick")
    user: UserInfo


class UserCount(BaseModel):
    """The number of members, as Socket.IO's example counts them."""

    numUsers: int


class Username(BaseModel):
    """A member, as Socket.IO's example names one."""

    username: str


class UsernameAndCount(Username):
    """A member who has joined or left."""

    numUsers: int


emits(CHAT, "message", Message, "A message in its current state.", position=True)
emits(CHAT, "joined", MemberJoined, "A member has joined the room.")
emits(CHAT, "left", MemberLeft, "A member has left the room.")
emits(CHAT, "room", RoomChanged, "A room of the client was changed or deleted.")
emits(CHAT, "user", UserChanged, "The role, the nick or the email of the user was changed.")
emits(CHAT, "typing", Typing, "A member is typing.")
_NEW = "A new message, in the form that the client speaks."
emits(COURSE, "chat message", CourseMessage, _NEW)
emits(COURSE, "message", CourseMessage, _NEW)
emits(COURSE, "new message", CourseMessage, _NEW)
_LATEST = "The latest messages of the room, oldest first."
emits(COURSE, "history", list[Any], _LATEST)
emits(COURSE, "get history", list[Any], _LATEST)
emits(COURSE, "login", UserCount, "The answer to `add user`.")
emits(COURSE, "user joined", UsernameAndCount, "A member has joined the room.")
emits(COURSE, "user left", UsernameAndCount, "A member has left the room.")
emits(COURSE, "typing", Username, "A member is typing.")
emits(COURSE, "stop typing", Username, "A member is not typing any longer.")
