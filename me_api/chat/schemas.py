"""The chat's request schemas, and the message as every client receives it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from me_api.auth.nicks import Nick
from me_api.config import Slug
from me_api.validation import MAX_INT, PAGE, PAGE_MAX, ChangesQuery, Count, Input, Moment, Rev
from me_api.validation.choices import only
from me_api.validation.texts import TEXT, Line, Title

Guests = Literal["post", "read", "none"]
Key = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        description="Idempotency key: a retry with it stores nothing twice",
    ),
]
Days = Annotated[int, Field(ge=0, le=36_500)]
Messages = Annotated[int, Field(ge=0, le=MAX_INT)]
RoomName = Annotated[str, Field(max_length=64)]
Body = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100_000,
        description="Something that can be seen, at most `limits.message_length` characters, of"
        " control characters only tabs and line ends; a command if it begins with /",
        json_schema_extra={"pattern": TEXT},
    ),
]
_WORD = r"^[^\u0000]*[^\u0000-\u0020\u0022\u007f\s][^\u0000]*$"
_PLACE = "Only one of before, after, around and at"


class History(Input):
    """The place of a page in the history; without one, the newest page."""

    before: Count | None = Field(default=None, description=_PLACE)
    after: Annotated[int, Field(ge=0, le=MAX_INT)] | None = Field(default=None, description=_PLACE)
    around: Count | None = Field(default=None, description=_PLACE)
    at: Moment | None = Field(default=None, description=_PLACE)
    limit: Annotated[int, Field(ge=0, le=PAGE_MAX)] = PAGE

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        places = (self.before, self.after, self.around, self.at)
        if places.count(None) < len(places) - 1:
            raise ValueError("before, after, around and at exclude each other")
        return self


class Search(Input):
    """The words to search for, and the position before which to search."""

    q: Annotated[
        str,
        Field(
            max_length=200,
            description="Words and signs that a message must contain, all of them: 1 to 16. Before"
            " a * there are 3 letters or digits",
            json_schema_extra={"pattern": _WORD},
        ),
    ]
    room: RoomName | None = None
    before: Count | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE


class NewMessage(Input):
    """A message to post; a guest needs a nick."""

    text: Body
    nick: Nick | None = None
    key: Key | None = None


class NewText(Input):
    """A new text for a message."""

    text: Body


class NewRoom(Input):
    """A room to create, with its access for guests."""

    name: Slug
    title: Title | None = None
    guests: Guests = "post"


class RoomPatch(Input):
    """The fields of a room to change, of which at least one is needed."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                only("title"),
                only("guests"),
                only("archived", "boolean"),
                only("retention_days", "integer"),
                only("retention_messages", "integer"),
            ]
        }
    )

    title: Title | None = None
    guests: Guests | None = None
    archived: Annotated[
        bool | None, Field(description="Whether it can only be read, by guests and members")
    ] = None
    retention_days: Days | None = Field(default=None, description="0: for ever")
    retention_messages: Messages | None = Field(default=None, description="0: any number")

    @model_validator(mode="after")
    def _any_change(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError(f"One of {', '.join(type(self).model_fields)} is needed")
        return self


class RoomDeletion(Input):
    """Why a room is deleted, for the log of the moderators."""

    reason: Line = ""


class RoomInput(Input):
    """The room that an event is about."""

    room: RoomName


class RoomHistory(History):
    """A page of the history of a room."""

    room: RoomName


class RoomChanges(ChangesQuery):
    """A position from which to read the changes of a room."""

    room: RoomName


class Join(RoomInput):
    """A room to join; with `since`, the answer has the changes after it, else the newest page."""

    since: Rev | None = None
    epoch: Annotated[str, Field(max_length=64)] | None = None
    limit: Annotated[int, Field(ge=0, le=PAGE_MAX)] = PAGE


class Post(RoomInput):
    """A message to post to a room."""

    text: Body
    key: Key | None = None


class Target(RoomInput):
    """A message of a room, by its id."""

    id: Count


class Edit(Target):
    """A message of a room, and its new text."""

    text: Body


class Message(BaseModel):
    """A message as every client receives it; a deleted one has no text."""

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


CourseMessage = Annotated[
    str | dict[str, Any],
    Field(
        description="A string, or an object with its text under message, text, msg or body, and"
        " its nick under name, user, nick, username or sender"
    ),
]
