"""The chat's responses, the same over REST and Socket.IO."""

from __future__ import annotations

from pydantic import BaseModel, Field

from me_api.chat.schemas import Guests, Message


class Room(BaseModel):
    """A room, with its last position, its members, and how long messages stay; 0 is for ever."""

    name: str
    title: str
    guests: Guests
    rev: int
    first_id: int
    last_id: int
    members: int
    created: str
    archived: str | None = Field(description="Since when it can only be read")
    retention_days: int
    retention_messages: int


class Member(BaseModel):
    """A member of a room; `verified` if the nick is their registered one."""

    nick: str
    verified: bool


class Part(BaseModel):
    """A part of a text, and whether it matches the search."""

    text: str
    match: bool


class SearchHit(Message):
    """A message that matches a search, with an excerpt of its text around the match."""

    excerpt: list[Part]


class OlderLink(BaseModel):
    """The address of the page before this one."""

    older: str | None


class SearchPage(BaseModel):
    """Search results, last changed first; `changes` can be read on from `rev`."""

    data: list[SearchHit]
    page: OlderLink
    rev: int
    epoch: str


class PageLinks(BaseModel):
    """The addresses of the pages before and after this one."""

    older: str | None
    newer: str | None


class MessagePage(BaseModel):
    """A page of history, oldest first; `changes` can be read on from `rev`."""

    data: list[Message]
    page: PageLinks
    rev: int
    epoch: str


class MessageChanges(BaseModel):
    """Messages in the order of their last change; with `more`, read on from `rev`."""

    data: list[Message]
    rev: int
    epoch: str
    more: bool


class Joined(BaseModel):
    """The snapshot of a room; with `more`, it is not joined yet: join again from `rev`."""

    room: str
    rev: int
    epoch: str
    recovered: bool
    more: bool
    members: list[Member]
    messages: list[Message]


class Left(BaseModel):
    """The room that the client has left."""

    room: str


class CommandResult(BaseModel):
    """The answer of a command, sent only to its sender and not stored."""

    notice: str
