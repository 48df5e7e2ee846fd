"""Nicks: which are fit, and when two are the same to a reader's eye."""

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

_UNSEEN_KINDS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BLANKS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Marks and letters that show nothing, though Unicode counts them as neither control nor space."""


def fold(nick: str) -> str:
    """Give what two nicks have in common that a reader may take for one another."""
    text = unicodedata.normalize("NFKC", nick).casefold()
    return " ".join(_BLANKS.sub("", unicodedata.normalize("NFKC", text)).split())


def check(nick: str) -> str:
    """Give a nick in its one spelling; raises `ValueError` for one that hides characters."""
    if any(unicodedata.category(char) in _UNSEEN_KINDS for char in nick):
        raise ValueError("must not contain control or invisible characters")
    if not fold(nick):
        raise ValueError("must contain something that can be seen")
    return unicodedata.normalize("NFC", nick)


def candidates(email: str) -> Iterator[str]:
    """Give nicks for who named none, without end: the local part, then with a number."""
    base = clean(email.partition("@")[0]) or FALLBACK
    yield base
    for number in count(2):
        # After a few a random number finds a free one sooner than counting on does.
        suffix = number if number < 10 else randbelow(10**8)
        yield f"{base[: MAX_NICK - 8].rstrip()}{suffix}"


def clean(name: str) -> str | None:
    """Make a nick of any text; None where nothing of it can be seen."""
    seen = "".join(char for char in name if unicodedata.category(char) not in _UNSEEN_KINDS)
    nick = unicodedata.normalize("NFC", seen[:MAX_NICK]).strip()
    return nick if fold(nick) else None


Nick = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NICK),
    AfterValidator(check),
    Field(description="Shown name; trimmed, without control or invisible characters"),
]
