"""Validation of input by pydantic, the same for REST, Socket.IO and WebSocket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from me_api.errors import Invalid

MAX_INT = 2**53
"""The largest integer that JavaScript reads exactly."""

PAGE = 50
"""The default number of objects in a page."""
PAGE_MAX = 200
WAIT_MAX = 60
"""The longest wait of a long-poll, in seconds."""

NO_NUL = r"^[^\u0000]*$"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

M = TypeVar("M", bound="Input")
T = TypeVar("T")


Count = Annotated[int, Field(ge=1, le=MAX_INT)]
Rev = Annotated[int, Field(ge=0, le=MAX_INT, description="A position of the log")]


def _restore_plus(value: object) -> object:
    # In a query string a plus sign that is not escaped is decoded as a space.
    return re.sub(r" (\d\d:?\d\d)$", r"+\1", value) if isinstance(value, str) else value


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is beyond the calendar") from None


def _refuse_number(value: object) -> object:
    # pydantic would take any number for seconds since 1970.
    if isinstance(value, str) and _DATE.match(value):
        return value
    raise ValueError("is not a time such as 2026-11-20T08:15:30Z")


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_refuse_number),
    BeforeValidator(_restore_plus),
    AfterValidator(_to_utc),
]


class Input(BaseModel):
    """The base of what clients send; unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema, which also states what `validate` refuses in every text."""
        schema = handler(core_schema)
        for field in handler.resolve_ref_schema(schema)["properties"].values():
            for kind in field.get("anyOf", [field]):
                if kind.get("type") == "string" and not kind.keys() & {"enum", "format"}:
                    kind.setdefault("pattern", NO_NUL)
        return schema


class NoFields(Input):
    """The input of an event that takes no fields."""


class ChangesQuery(Input):
    """A page of changes after a position of the log."""

    since: Rev = 0
    epoch: Annotated[str, Field(max_length=64)] | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE


class LongPollQuery(ChangesQuery):
    """A page of changes; if there are none, wait up to `wait` seconds for one."""

    wait: Annotated[float, Field(ge=0, le=WAIT_MAX)] = 0


class StreamQuery(Input):
    """All changes after a position of the log; by default, from now on.

    The header `Last-Event-ID` takes precedence over `since`.
    """

    since: Rev | None = None
    epoch: Annotated[str, Field(max_length=64)] | None = None


class Data(BaseModel, Generic[T]):
    """The envelope of a response."""

    data: T


def validate(model: type[M], values: Any) -> M:
    """Validate what a client sent; raise `Invalid` with every fault and its field."""
    if not isinstance(values, (dict, Mapping)):
        raise Invalid([(None, "An object with named fields is expected.")])
    # pydantic would accept both: bytes as text, and NUL, which PostgreSQL cannot store.
    for name, value in values.items():
        if isinstance(value, bytes):
            raise Invalid([(str(name), "Binary data is not accepted here.")])
        if isinstance(value, str) and "\0" in value:
            raise Invalid([(str(name), "The character NUL is not accepted here.")])
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Invalid([_fault(fault) for fault in error.errors()]) from None


def _fault(fault: Any) -> tuple[str | None, str]:
    source = ".".join(str(part) for part in fault["loc"]) or None
    return source, fault["msg"].removeprefix("Value error, ")
