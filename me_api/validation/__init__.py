"""Validation of input by pydantic, the same for REST, Socket.IO and WebSocket."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from me_api.errors import Invalid
from me_api.validation.messages import describe

MAX_INT = 2**53
"""The largest integer that JavaScript reads exactly."""

PAGE = 50
"""The default number of objects in a page."""
PAGE_MAX = 200
WAIT_MAX = 60
"""The longest wait of a long-poll, in seconds."""
MAX_FIELDS = 100
"""The most fields of what a client sends; no input has as many."""
MAX_FAULTS = 100
"""The most faults that are listed, such as those of the entries of a list."""

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
    if not isinstance(value, str) or not _DATE.match(value):
        raise ValueError("is not a time such as 2026-11-20T08:15:30Z, nor a date")
    return f"{value}T00:00:00Z" if _DATE.fullmatch(value) else value


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_refuse_number),
    BeforeValidator(_restore_plus),
    AfterValidator(_to_utc),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": kind} for kind in ("date-time", "date")]}
    ),
]
"""A time with its zone, or a date, which stands for its beginning in UTC."""


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

    The header `Last-Event-ID` takes precedence over `lastEventId`, which polyfills send in its
    place, and both over `since`.
    """

    since: Rev | None = None
    last_event_id: Annotated[Rev | None, BeforeValidator(lambda value: value or None)] = Field(
        default=None, alias="lastEventId"
    )
    epoch: Annotated[str, Field(max_length=64)] | None = None


class Data(BaseModel, Generic[T]):
    """The envelope of a response."""

    data: T


def validate(model: type[M], values: Any, *, typed: bool = False) -> M:
    """Validate what a client sent; raise `Invalid` with every fault and its field.

    Where values are `typed`, as in JSON, a text is no number, and neither is true or false.
    """
    if not isinstance(values, (dict, Mapping)):
        raise Invalid([(None, "An object with named fields is expected.")])
    # A megabyte has a hundred thousand fields. To describe each would take a second, in which the
    # server does nothing else, and many times the bytes.
    if len(values) > MAX_FIELDS:
        raise Invalid([(None, f"An object has at most {MAX_FIELDS} fields.")])
    # pydantic would accept both: bytes as text, and NUL, which PostgreSQL cannot store.
    for name, value in values.items():
        if isinstance(value, bytes):
            raise Invalid([(str(name), "Binary data is not accepted here.")])
        if isinstance(value, str) and "\0" in value:
            raise Invalid([(str(name), "The character NUL is not accepted here.")])
        # And these as numbers; an object is none.
        is_no_number = value is True or value is False or (typed and isinstance(value, str))
        if is_no_number and name in _numbers(model):
            values = {**values, name: object()}
        # In a form it is a text; in JSON, texts and numbers are neither true nor false.
        if typed and isinstance(value, (str, int, float)) and name in _booleans(model):
            values = {**values, name: value if isinstance(value, bool) else object()}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        if (count := error.error_count()) > MAX_FAULTS:
            raise Invalid([(None, f"There are {count} faults, too many to list.")]) from None
        raise Invalid([_fault(fault) for fault in error.errors()]) from None


@lru_cache
def _numbers(model: type[Input]) -> frozenset[str]:
    """Return the names of the fields that are numbers, or null."""
    return frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if {int, float} & set(_types(field.annotation)) and str not in _types(field.annotation)
    )


@lru_cache
def _booleans(model: type[Input]) -> frozenset[str]:
    """Return the names of the fields that are true or false, or null."""
    fields = model.model_fields.items()
    return frozenset(f.alias or name for name, f in fields if bool in _types(f.annotation))


def _types(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _types(part)


def _fault(fault: Any) -> tuple[str | None, str]:
    source = ".".join(str(part) for part in fault["loc"]) or None
    return source, describe(fault)
