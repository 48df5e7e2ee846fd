"""What moderators send and receive."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    WithJsonSchema,
    model_validator,
)

from me_api.auth.audit import AuditAction
from me_api.auth.nicks import Nick
from me_api.chat.schemas import RoomName
from me_api.config import Slug
from me_api.validation import MAX_INT, PAGE, PAGE_MAX, Count, Input
from me_api.validation.choices import only
from me_api.validation.texts import Line

MAX_MINUTES = 10 * 366 * 24 * 60
Reason = Annotated[Line, Field(description="Sent to the client that is banned, and recorded")]
# Fields of objects in the body are checked by their schemas alone: NUL, and true for a number.
ExistingRoom = Slug


def _a_number(value: object) -> object:
    # pydantic would take a text, and true, for a number. Of floats, it takes only whole ones.
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else object()


MessageId = Annotated[int, Field(ge=1, le=MAX_INT), BeforeValidator(_a_number)]
Address = Annotated[
    str,
    Field(max_length=64),
    WithJsonSchema({"anyOf": [{"type": "string", "format": kind} for kind in ("ipv4", "ipv6")]}),
]


class MessagePlace(Input):
    """A message, whose sender is meant."""

    room: ExistingRoom
    id: MessageId


class MemberPlace(Input):
    """A member of a room, by the nick that is shown there."""

    room: ExistingRoom
    nick: Nick


def _one_of(**kinds: str) -> ConfigDict:
    wanted: list[JsonValue] = [only(name, kind) for name, kind in kinds.items()]
    return ConfigDict(json_schema_extra={"oneOf": wanted})


class _Target(Input):
    message: MessagePlace | None = None
    member: MemberPlace | None = None
    user: Annotated[Nick | None, Field(description="The nick of a registered user")] = None
    ban: Annotated[
        int | None, Field(ge=1, le=MAX_INT, description="The id of a ban: whom it is about")
    ] = None

    def targets(self) -> list[object]:
        """Return the fields that are given."""
        fields = (self.message, self.member, self.user, self.ban)
        return [each for each in fields if each is not None]

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if len(self.targets()) != 1:
            raise ValueError(f"exactly one of {', '.join(self.names())} is needed")
        return self

    @staticmethod
    def names() -> tuple[str, ...]:
        """Return the fields of which one is needed."""
        return ("message", "member", "user", "ban")


class NewBan(_Target):
    """A ban of the sender of a message, a member, a user, or of the guests of an address.

    `ban` is one of whoever is banned already.
    """

    model_config = _one_of(
        message="object", member="object", user="string", ban="integer", address="string"
    )

    address: Annotated[Address | None, Field(description="IPv4; of IPv6, the /64")] = None
    room: Annotated[RoomName | None, Field(description="Without it, the whole site")] = None
    minutes: Annotated[
        int | None, Field(ge=1, le=MAX_MINUTES, description="Without it, until it is lifted")
    ] = None
    with_address: Annotated[
        bool, Field(description="Ban the address, too, that a guest has now or posted from")
    ] = False
    reason: Reason = ""

    def targets(self) -> list[object]:
        """Return the fields that are given."""
        return [*super().targets(), *([] if self.address is None else [self.address])]

    @staticmethod
    def names() -> tuple[str, ...]:
        """Return the fields of which one is needed."""
        return ("message", "member", "user", "ban", "address")


class Purge(_Target):
    """The sender whose messages are deleted: all of them, or those of a room."""

    model_config = _one_of(message="object", member="object", user="string", ban="integer")

    room: RoomName | None = None
    reason: Reason = ""


class LogQuery(Input):
    """A page of the audit trail: the newest entries, or those before an id."""

    before: Count | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE


class Ban(BaseModel):
    """A ban. `addresses` is how many addresses it is about, of which only keyed hashes are kept."""

    id: int
    target: str
    target_id: int | None = Field(description="The user's id; null for a guest and an address")
    kind: Literal["user", "guest", "address"]
    room: str | None
    until: str | None
    reason: str
    addresses: int
    created: str
    actor: str


class Purged(BaseModel):
    """How many messages were deleted."""

    count: int
    target: str


class LogEntry(BaseModel):
    """What an owner or a moderator has done to others; `count` is the number of messages."""

    id: int
    time: str
    actor: str
    actor_id: int | None = Field(description="The user's id; null for the command line")
    action: AuditAction
    room: str | None
    target: str
    target_id: int | None = Field(
        description="The id of the user that it concerned. Null if that was no user, and in entries"
        " of versions that did not store it"
    )
    reason: str
    count: int


class OlderEntries(BaseModel):
    """The address of the page before this one."""

    older: str | None


class LogPage(BaseModel):
    """A page of the audit trail, newest first."""

    data: list[LogEntry]
    page: OlderEntries
