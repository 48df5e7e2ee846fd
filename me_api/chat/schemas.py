"""What chat clients send and receive, the same over REST and sockets."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from me_api.config import SLUG
from me_api.schema import MAX_INT, PAGE, PAGE_MAX, Changes, Count, Input, Moment, Rev
from me_api.users.schemas import Nick

Guests = Literal["post", "read", "none"]
Key = Annotated[
    str, Field(min_length=1, max_length=128, description="Idempotency key: again is not twice")
]
RoomName = Annotated[str, Field(max_length=64)]
Body = Annotated[str, Field(min_length=1, max_length=100_000)]
Title = Annotated[str, Field(min_length=1, max_length=200)]


class History(Input):
    """Where in the history; without a place, its end."""

    before: Count | None = None
    after: Annotated[int, Field(ge=0, le=MAX_INT)] | None = None
    around: Count | None = None
    at: Moment | None = None
    limit: Annotated[int, Field(ge=0, le=PAGE_MAX)] = PAGE

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        places = [self.before, self.after, self.around, self.at]
        if sum(place is not None for place in places) > 1:
            raise ValueError("before, after, around and at exclude each other")
        return self


class Search(Input):
    """What to look for, and before which position."""

    q: Annotated[str, Field(max_length=200, description="Words that all must be in a message")]
    room: RoomName | None = None
    before: Count | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE


class NewMessage(Input):
    """A message to post; a guest needs a nick."""

    text: Body
    nick: Nick | None = None
    key: Key | None = None


class NewText(Input):
    """The new text of a message."""

    text: Body


class NewRoom(Input):
    """A room to make."""

    name: Annotated[str, Field(pattern=SLUG)]
    title: Title | None = None
    guests: Guests = "post"


class RoomPatch(Input):
    """What to change of a room."""

    title: Title | None = None
    guests: Guests | None = None


class InRoom(Input):
    """An event about a room."""

    room: RoomName


class RoomHistory(History):
    """A page of a room."""

    room: RoomName


class RoomChanges(Changes):
    """Changes of a room."""

    room: RoomName


class Join(InRoom):
    """Join a room: with `since` what changed after it, else the newest page."""

    since: Rev | None = None
    epoch: Annotated[str, Field(max_length=64)] | None = None
    limit: Annotated[int, Field(ge=0, le=PAGE_MAX)] = PAGE


class Post(InRoom):
    """Post to a room."""

    text: Body
    key: Key | None = None


class Target(InRoom):
    """One message."""

    id: Count


class Edit(Target):
    """A new text for a message."""

    text: Body


class Message(BaseModel):
    """A message as every wire shows it; one that was deleted has no text."""

    room: str
    id: int
    rev: int
    nick: str
    verified: bool
    text: str | None
    time: str
    edited: str | None
    deleted: bool
    payload: Any = None


class Room(BaseModel):
    """A room."""

    name: str
    title: str
    guests: Guests
    rev: int
    last_id: int
    members: int
    created: str


class Member(BaseModel):
    """Somebody in a room."""

    nick: str
    verified: bool


class Part(BaseModel):
    """A part of a text, and whether it is what was looked for."""

    text: str
    match: bool


class Found(Message):
    """A message that was found, with the part of its text that shows why."""

    excerpt: list[Part]


class Older(BaseModel):
    """The neighbouring page."""

    older: str | None


class SearchPage(BaseModel):
    """What was found, last changed first; `rev` is safe to continue from with `changes`."""

    data: list[Found]
    page: Older
    rev: int
    epoch: str


class PageLinks(BaseModel):
    """The neighbouring pages."""

    older: str | None
    newer: str | None


class MessagePage(BaseModel):
    """A page of history, oldest first; `rev` is safe to continue from with `changes`."""

    data: list[Message]
    page: PageLinks
    rev: int
    epoch: str


class MessageChanges(BaseModel):
    """Messages in the order of their last change."""

    data: list[Message]
    rev: int
    epoch: str
    more: bool


class Joined(BaseModel):
    """What joining gives; with `more` the room is not joined yet: join again from `rev`."""

    room: str
    rev: int
    epoch: str
    recovered: bool
    more: bool
    members: list[Member]
    messages: list[Message]


class Left(BaseModel):
    """The room that was left."""

    room: str


class NativePost(Input):
    """What a native client says, under either name."""

    text: Body | None = None
    data: Body | None = None
    key: Key | None = None

    @model_validator(mode="after")
    def _one_text(self) -> Self:
        if (self.text is None) == (self.data is None):
            raise ValueError("One of text and data is needed")
        return self

    @property
    def said(self) -> str:
        """Give the text."""
        return self.text or self.data or ""


CourseMessage = Annotated[
    str | dict[str, Any],
    Field(
        description="A string, or an object with its text under message, text, msg or body, and"
        " its nick under name, user, nick, username or sender"
    ),
]


class Told(BaseModel):
    """What a command answers to its sender; nothing is stored."""

    notice: str
