"""What may be printed of texts that others have written."""

from __future__ import annotations

import unicodedata

BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that reorder what comes after them."""


def printable(text: str) -> str:
    """Remove what a terminal would obey: control characters but for line ends, and bidi controls.

    Tabs become spaces.
    """
    return "".join(
        character
        for character in text.expandtabs(4)
        if character == "\n"
        or not (unicodedata.category(character) in ("Cc", "Cs") or character in BIDI)
    )


def one_line(text: str) -> str:
    """Return a text that is safe to print, with its lines joined."""
    return " ".join(printable(text).split())
