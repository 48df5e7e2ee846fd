"""What the chat answers, the same over REST and sockets."""

from __future__ import annotations

from pydantic import BaseModel

from me_api.chat.schemas import Guests, Message


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


class SearchHit(Message):
    """A message that was found, with the part of its text that shows why."""

    excerpt: list[Part]


class OlderLink(BaseModel):
    """The neighbouring page."""

    older: str | None


class SearchPage(BaseModel):
    """What was found, last changed first; `rev` is safe to continue from with `changes`."""

    data: list[SearchHit]
    page: OlderLink
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


class CommandResult(BaseModel):
    """What a command answers to its sender; nothing is stored."""

    notice: str
