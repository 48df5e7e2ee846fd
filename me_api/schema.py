"""Validation, the same for both doors: pydantic models in, `Invalid` out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from me_api.errors import Invalid

MAX_INT = 2**53
"""Largest integer that JavaScript reads exactly."""

M = TypeVar("M", bound="Input")
T = TypeVar("T")


Count = Annotated[int, Field(ge=1, le=MAX_INT)]
Rev = Annotated[int, Field(ge=0, le=MAX_INT, description="A position of the log")]


class Input(BaseModel):
    """What a client sends; a field it does not know is an error, not silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Input):
    """No fields."""


class Data(BaseModel, Generic[T]):
    """The envelope of an answer."""

    data: T


def parse(model: type[M], values: Any) -> M:
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
