"""What is searched for: the words and phrases of a query."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from me_api.errors import Invalid

WORDS = 16
"""Most words and phrases of one search."""
PREFIX = 3
"""Fewest letters before a `*`; a shorter prefix would match half of the index."""

_PART = re.compile(r'"([^"]*)"?|([^\s"]+)')


class Phrase(NamedTuple):
    """Words that follow each other; with `is_prefix`, the last is the beginning of a word."""

    text: str
    is_prefix: bool


def parse(text: str) -> list[Phrase]:
    """Return the words and phrases of a search, all of which a message must contain.

    Raises `Invalid` if there are none, or too many.
    """
    parts = [_phrase(quoted or word, bool(word)) for quoted, word in _PART.findall(text)]
    phrases = [phrase for phrase in parts if phrase is not None]
    if not phrases:
        raise Invalid([("q", "Search for at least one word.")])
    if len(phrases) > WORDS:
        raise Invalid([("q", f"At most {WORDS} words can be searched for at a time.")])
    return phrases


def _phrase(text: str, allow_prefix: bool) -> Phrase | None:
    """Return a word or phrase; None if it has neither letter nor digit."""
    if not any(_is_word_character(character) for character in text):
        return None
    is_prefix = allow_prefix and text.endswith("*")
    if is_prefix and sum(map(_is_word_character, text)) < PREFIX:
        raise Invalid([("q", f"At least {PREFIX} letters or digits are needed before a *.")])
    return Phrase(text.rstrip("*") if is_prefix else text, is_prefix)


def _is_word_character(character: str) -> bool:
    # Letters, numbers and private use are what FTS5's tokenizer takes for parts of words.
    category = unicodedata.category(character)
    return category[0] in "LN" or category == "Co"
