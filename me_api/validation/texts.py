"""Texts: what they may contain, and the types of titles and lines."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

CONTROLS = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f"
"""All control characters but the tab and the line feed: a terminal would obey them."""
TEXT = rf"^(?:[^{CONTROLS}]|\r\n)*$"
"""The pattern of texts of several lines."""
MAX_TITLE = 200

_CONTROL = re.compile(f"[{CONTROLS}]")
_LINE = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
# What fonts leave out (Unicode's Default_Ignorable_Code_Point), and characters drawn as nothing.
_BLANK = (
    r"\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
_UNSEEN = re.compile(
    rf"[{_BLANK}\U00013441\U00013442\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff]*"
)
VISIBLE_TEXT = TEXT.replace("$", rf"[^{CONTROLS}{_BLANK}](?:[^{CONTROLS}]|\r\n)*$")
"""The pattern of those in which something can be seen."""
_TITLE = rf"^[^{_LINE}]*[^{_LINE}{_BLANK}][^{_LINE}]*$"


def is_visible(text: str) -> bool:
    """Return whether anything of a text can be seen."""
    return _UNSEEN.fullmatch(text) is None


def normalize_text(text: str) -> str:
    """Return a text whose lines end with line feeds; raise `ValueError` for control characters."""
    # Most texts: no control character is printable.
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n")
    if (control := _CONTROL.search(text)) is not None:
        raise ValueError(f"must not contain control characters such as U+{ord(control[0]):04X}")
    return text


def _one_line(text: str) -> str:
    if re.search(f"[{_LINE}]", text):
        raise ValueError("must be one line without control characters")
    return text


def require_visible(text: str) -> str:
    """Return a text; raise `ValueError` if nothing of it can be seen."""
    if not is_visible(text):
        raise ValueError("must contain something that can be seen")
    return text


Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE),
    AfterValidator(_one_line),
    AfterValidator(require_visible),
    Field(json_schema_extra={"pattern": _TITLE}),
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_TITLE),
    AfterValidator(_one_line),
    Field(json_schema_extra={"pattern": f"^[^{_LINE}]*$"}),
]
"""A line that may be empty."""
