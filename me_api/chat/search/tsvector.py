"""Words and searches as PostgreSQL reads them (its documentation, section 8.11).

Every word is quoted, so that none is an operator. `to_tsvector` would not do: PostgreSQL's parser
keeps `example.com` whole, and its dictionaries belong to one language.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from me_api.chat.search.phrases import Pattern

MAX_POSITION = 16_383
MAX_POSITIONS = 255
"""The last position that is stored, and the most positions of one word."""


def to_tsvector(words: Sequence[str]) -> str:
    """Return the literal of a text's words, each with its positions."""
    places: dict[str, list[str]] = {}
    for position, word in enumerate(words, start=1):
        stored = places.setdefault(word, [])
        if position <= MAX_POSITION and len(stored) < MAX_POSITIONS:
            stored.append(str(position))
    return " ".join(
        f"{_quote(word)}:{','.join(stored)}" if stored else _quote(word)
        for word, stored in places.items()
    )


def has_all_positions(words: Sequence[str]) -> bool:
    """Return whether a literal holds all positions, so that it is enough to find phrases."""
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return len(words) <= MAX_POSITION and max(counts.values(), default=0) <= MAX_POSITIONS


def to_line(words: Sequence[str]) -> str:
    """Return the words of a text with a space before and after each: phrases are parts of it."""
    return f" {' '.join(words)} "


def condition(patterns: Sequence[Pattern]) -> tuple[str, dict[str, Any]]:
    """Return the SQL condition for all patterns on `words` and `line`, and its values."""
    values: dict[str, Any] = {"search": _to_tsquery(patterns, " <-> ")}
    parts = [_line_part(pattern) for pattern in patterns if len(pattern.words) > 1]
    if not parts:
        return "words @@ CAST(:search AS tsquery)", values
    # Where not all positions are stored, a phrase is looked for in the line.
    values["anywhere"] = _to_tsquery(patterns, " & ")
    values |= {f"part_{number}": part for number, part in enumerate(parts)}
    in_line = " AND ".join(f"strpos(line, :part_{number}) > 0" for number in range(len(parts)))
    return (
        "words @@ CAST(:anywhere AS tsquery)"
        f" AND CASE WHEN line IS NULL THEN words @@ CAST(:search AS tsquery) ELSE {in_line} END"
    ), values


def _to_tsquery(patterns: Sequence[Pattern], follows: str) -> str:
    return " & ".join(
        f"({follows.join(map(_quote, pattern.words))}{':*' if pattern.is_prefix else ''})"
        for pattern in patterns
    )


def _line_part(pattern: Pattern) -> str:
    return f" {' '.join(pattern.words)}" + ("" if pattern.is_prefix else " ")


def _quote(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
