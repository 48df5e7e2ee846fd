"""Nicks: which are valid, and when two of them look alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from secrets import randbelow
from string import ascii_letters, digits
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from me_api.auth.confusables import shape

MAX_NICK = 32
MAX_MARKS = 2
"""Combining marks on one character; Vietnamese and Thai have two."""
FALLBACK = "user"
RESERVED = ("me-api", "server", "system", "admin", "administrator", "moderator", "owner")
"""Nicks that sound like the site's own voice; `flask chat say` uses the first."""

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MARKS = {"Mn", "Me"}
_PUNCTUATION = {"Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sk", "Zs"}
_LATIN = re.compile("[A-Za-z]")
_LUNATE_SIGMA = str.maketrans("ϲϹ", "cC")
"""Normalised (NFKC), it would be a sigma as any other, which does not look like a c."""
_SMALL_GREEK = str.maketrans("νυ", "vu")
"""Letters that look like other Latin letters than their capitals do (N and Y)."""
_SIMPLE = str.maketrans({char: shape(char.lower()) for char in ascii_letters + digits})
"""The letters and digits of ASCII, as `fold` leaves them."""
_BLANKS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U00013441\U00013442\U0001d159\U000e0100-\U000e01ef]"
)
"""Characters that show nothing although their categories are those of letters and marks."""


@lru_cache(maxsize=4096)
def fold(nick: str) -> str:
    """Return a form that is equal for nicks that look alike."""
    if nick.isascii() and nick.isalnum():
        return nick.translate(_SIMPLE)  # What is done below would change nothing else.
    text = unicodedata.normalize("NFKC", nick.translate(_LUNATE_SIGMA))
    if _LATIN.search(text):
        text = text.translate(_SMALL_GREEK)
    # Normalised twice, because folding case can undo the normal form.
    text = _BLANKS.sub("", unicodedata.normalize("NFKC", text.casefold()))
    shapes = "".join(map(shape, unicodedata.normalize("NFD", text)))
    # The dot of an i is there once, however often it is written.
    words = " ".join(shapes.replace("l\u0307", "l").split())
    # Punctuation around a nick reads as that of the sentence; a nick of nothing else is kept.
    return _strip_punctuation(words) or words


@lru_cache
def reserved(more: tuple[str, ...]) -> frozenset[str]:
    """Return the reserved nicks and some more, folded."""
    return frozenset(map(fold, (*RESERVED, *more)))


@lru_cache(maxsize=4096)
def check(nick: str) -> str:
    """Return a nick in normal form (NFC); raise `ValueError` for what cannot be read."""
    if nick.isascii() and nick.isalnum():
        return nick
    if any(unicodedata.category(char) in _INVISIBLE for char in nick):
        raise ValueError("must not contain control or invisible characters")
    if not fold(nick):
        raise ValueError("must contain something that can be seen")
    normal = unicodedata.normalize("NFC", nick)
    if normal != _without_excess_marks(nick):
        raise ValueError(f"must have a letter below its marks, and at most {MAX_MARKS} on one")
    return normal


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
    looked_at = name[: MAX_NICK * 32]  # A client may send a megabyte.
    visible = "".join(char for char in looked_at if unicodedata.category(char) not in _INVISIBLE)
    nick = _without_excess_marks(visible.strip())[:MAX_NICK].strip()
    return nick if fold(nick) else None


def _strip_punctuation(text: str) -> str:
    kinds: list[str] = []
    for _, kind in _kinds(text):
        # A mark belongs to what it stands on.
        kinds.append(kinds[-1] if kind in _MARKS and kinds else kind)
    kept = [at for at, kind in enumerate(kinds) if kind not in _PUNCTUATION]
    return text[kept[0] : kept[-1] + 1] if kept else ""


def _without_excess_marks(text: str) -> str:
    """Return a text in normal form (NFC) without the marks that pile up on a character."""
    kept, marks = [], MAX_MARKS
    for char, kind in _kinds(unicodedata.normalize("NFD", text)):
        marks = marks + 1 if kind in _MARKS else 0
        if marks <= MAX_MARKS:
            kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


def _kinds(text: str) -> Iterator[tuple[str, str]]:
    return ((char, unicodedata.category(char)) for char in text)


Nick = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NICK),
    AfterValidator(check),
    Field(
        description="Shown name; trimmed, with something that can be seen, without control or "
        f"invisible characters, and with at most {MAX_MARKS} marks on a letter",
        json_schema_extra={"format": "nick"},
    ),
]
