"""What is wrong with a value, in this API's words instead of pydantic's."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator

_NUMBER = "must be a number"
_INTEGER = "must be a whole number"
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is no field of this",
    "string_type": "must be a text",
    "string_unicode": "must be valid Unicode, without halves of surrogate pairs",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_from_float": _INTEGER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "too_short": "must have at least {min_length} entry",
    "too_long": "must have at most {max_length} entries",
    "model_type": "must be an object with named fields",
    "literal_error": "must be {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "timezone_aware": "must be a time with its zone, such as 2026-11-20T08:15:30Z, or a date",
    "datetime_from_date_parsing": "is no time of the calendar",
}
"""By pydantic's type of the error; the names in braces are of its context."""
_OURS = {"value_error"}
"""The types of what validators here raise."""


def describe(fault: Any) -> str:
    """Return what is wrong, of an entry of `ValidationError.errors()`, without its field."""
    if fault["type"] == "string_too_short" and fault["ctx"]["min_length"] == 1:
        return "must not be empty"
    words = _WORDS.get(fault["type"])
    if words is None:
        in_words = fault["type"] in _OURS
        return str(fault["msg"]).removeprefix("Value error, ") if in_words else "is not valid"
    return words.format(**fault.get("ctx", {}))


def otherwise(words: str) -> WrapValidator:
    """Return an annotation that replaces the error of a pattern by a sentence."""

    def validate(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError as error:
            if error.errors()[0]["type"] != "string_pattern_mismatch":
                raise
        raise ValueError(words)

    return WrapValidator(validate)
