"""Where the phrases of a search are in a text: for excerpts, and where no index has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from me_api.chat.search.phrases import Phrase
from me_api.chat.search.words import words


class Pattern(NamedTuple):
    """The folded words of a phrase; with `is_prefix`, the last is the beginning of a word."""

    words: tuple[str, ...]
    is_prefix: bool


class Match(NamedTuple):
    """The number of the first word, which phrase begins there, and how many words that has."""

    start: int
    phrase: int
    size: int


def compile_phrases(phrases: Sequence[Phrase]) -> list[Pattern]:
    """Return the words of each phrase."""
    return [
        Pattern(tuple(word.text for word in words(phrase.text)), phrase.is_prefix)
        for phrase in phrases
    ]


def find_matches(patterns: Sequence[Pattern], found: Sequence[str]) -> list[Match]:
    """Return every place of every phrase in the words of a text, in their order.

    Returns nothing unless all phrases are in it.
    """
    matches: list[Match] = []
    for number, pattern in enumerate(patterns):
        places = _places(pattern, found)
        if not places:
            return []
        matches += [Match(start, number, len(pattern.words)) for start in places]
    return sorted(matches)


def _places(pattern: Pattern, found: Sequence[str]) -> list[int]:
    if not pattern.words:
        return []  # Characters that are no words to the tokenizer are nowhere.
    *before, last = pattern.words
    ends = [
        number
        for number, word in enumerate(found)
        if word == last or (pattern.is_prefix and word.startswith(last))
    ]
    starts = [end - len(before) for end in ends if end >= len(before)]
    return [start for start in starts if list(found[start : start + len(before)]) == before]
