"""Characters that look alike: the skeleton of Unicode Technical Standard 39, section 4."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path


def _read(path: Path) -> Mapping[str, str]:
    lines = path.read_text("utf-8").splitlines()
    pairs = (line.split("; ") for line in lines if not line.startswith("#"))
    return {
        chr(int(char, 16)): "".join(chr(int(point, 16)) for point in prototype.split())
        for prototype, chars in pairs
        for char in chars.split()
    }


# Read once, at the start: the event loop must not wait for the disk.
PROTOTYPES = _read(Path(__file__).with_name("confusables.txt"))
"""What each character that looks like another is compared as."""


def skeleton(text: str) -> str:
    """Return a text in which each character is the prototype of all that look like it."""
    return _decompose("".join(PROTOTYPES.get(char, char) for char in _decompose(text)))


@lru_cache(maxsize=4096)
def shape(char: str) -> str:
    """Return a form that is equal for small letters that look alike, or whose capitals do.

    The letters н and h differ, and so do i and l, but the capital of н looks like H, that of i
    like l.
    """
    capital = skeleton(char.upper())
    # Beyond ASCII, the capitals of one alphabet are not written for those of another.
    if capital.isascii():
        # Once more: what looks like an i is the same as an I, which looks like an l.
        return skeleton(skeleton(capital.upper()).casefold())
    prototype = skeleton(char)
    return char if prototype == char else "".join(map(shape, prototype))


def _decompose(text: str) -> str:
    return unicodedata.normalize("NFD", text)
