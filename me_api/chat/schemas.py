"""What chat clients send, and the message as all receive it, over REST and sockets alike."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from me_api.auth.nicks import Nick
from me_api.config import SLUG
from me_api.validation import MAX_INT, PAGE, PAGE_MAX, ChangesQuery, Count, Input, Moment, Rev

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


class RoomInput(Input):
    """An event about a room."""

    room: RoomName


class RoomHistory(History):
    """A page of a room."""

    room: RoomName


class RoomChanges(ChangesQuery):
    """Changes of a room."""

    room: RoomName


class Join(RoomInput):
    """Join a room: with `since` what changed after it, else the newest page."""

    since: Rev | None = None
    epoch: Annotated[str, Field(max_length=64)] | None = None
    limit: Annotated[int, Field(ge=0, le=PAGE_MAX)] = PAGE


class Post(RoomInput):
    """Post to a room."""

    text: Body
    key: Key | None = None


class Target(RoomInput):
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


def _only(name: str) -> dict[str, Any]:
    """Describe an object in which this field is given: null is as good as nothing."""
    return {"required": [name], "properties": {name: {"type": "string"}}}


class NativePost(Input):
    """What a native client says, under one of two names."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [_only("text"), _only("data")]})

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
