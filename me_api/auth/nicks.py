"""Nicks: which are valid, and when two of them look alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import count
from secrets import randbelow
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

MAX_NICK = 32
FALLBACK = "user"

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BLANKS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that show nothing although their categories are those of letters and marks."""


def fold(nick: str) -> str:
    """Return a form that is equal for nicks that look alike."""
    # Normalised twice, because folding case can undo the normal form.
    text = unicodedata.normalize("NFKC", nick).casefold()
    return " ".join(_BLANKS.sub("", unicodedata.normalize("NFKC", text)).split())


def check(nick: str) -> str:
    """Return a nick in normal form (NFC); raise `ValueError` for invisible characters."""
    if any(unicodedata.category(char) in _INVISIBLE for char in nick):
        raise ValueError("must not contain control or invisible characters")
    if not fold(nick):
        raise ValueError("must contain something that can be seen")
    return unicodedata.normalize("NFC", nick)


def candidates(email: str) -> Iterator[str]:
    """Yield nicks for a user who chose none: the email's local part, then with numbers appended."""
    base = clean(email.partition("@")[0]) or FALLBACK
    yield base
    for number in count(2):
        # If the first few are taken, a random number finds a free nick sooner than counting does.
        suffix = number if number < 10 else randbelow(10**8)
        yield f"{base[: MAX_NICK - 8].rstrip()}{suffix}"


def clean(name: str) -> str | None:
    """Make a valid nick of any text; None if nothing of it is visible."""
    visible = "".join(char for char in name if unicodedata.category(char) not in _INVISIBLE)
    nick = unicodedata.normalize("NFC", visible[:MAX_NICK]).strip()
    return nick if fold(nick) else None


Nick = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NICK),
    AfterValidator(check),
    Field(description="Shown name; trimmed, without control or invisible characters"),
]
