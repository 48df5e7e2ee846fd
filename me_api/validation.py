"""Validation, the same for both doors: pydantic models in, `Invalid` out."""

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
    ValidationError,
)

from me_api.errors import Invalid

MAX_INT = 2**53
"""Largest integer that JavaScript reads exactly."""

PAGE = 50
"""Objects of a page, where the client does not say."""
PAGE_MAX = 200
WAIT_MAX = 60
"""Longest wait of a long-poll, in seconds."""

M = TypeVar("M", bound="Input")
T = TypeVar("T")


Count = Annotated[int, Field(ge=1, le=MAX_INT)]
Rev = Annotated[int, Field(ge=0, le=MAX_INT, description="A position of the log")]


def _mend_offset(value: object) -> object:
    """Read `+01:00` where a query string has turned its plus sign into a space."""
    return re.sub(r" (\d\d:?\d\d)$", r"+\1", value) if isinstance(value, str) else value


def _in_utc(moment: datetime) -> datetime:
    """Say the moment in UTC, as times are stored and compared."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is beyond the calendar") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_mend_offset), AfterValidator(_in_utc)]


class Input(BaseModel):
    """What a client sends; a field it does not know is an error, not silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoFields(Input):
    """No fields."""


class ChangesQuery(Input):
    """From which position of the log."""

    since: Rev = 0
    epoch: Annotated[str, Field(max_length=64)] | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE


class LongPollQuery(ChangesQuery):
    """As `Changes`; with nothing there yet, wait for it."""

    wait: Annotated[float, Field(ge=0, le=WAIT_MAX)] = 0


class StreamQuery(Input):
    """From which position of the log; without one, from now on.

    The header `Last-Event-ID` counts for more than `since`.
    """

    since: Rev | None = None
    epoch: Annotated[str, Field(max_length=64)] | None = None


class Data(BaseModel, Generic[T]):
    """The envelope of an answer."""

    data: T


def validate(model: type[M], values: Any) -> M:
    """Check what a client sent; raises `Invalid` with every fault and its field."""
    if not isinstance(values, Mapping):
        raise Invalid([(None, "An object with named fields is expected.")])
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
