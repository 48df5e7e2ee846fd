"""What is searched for: the words and phrases of a query, and how a text has to have them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from me_api.chat.search.characters import SIGNS, SPACES, TOGETHER, fold
from me_api.chat.search.words import JOINED, Words, add_signs, find_words
from me_api.errors import Invalid

PHRASES = 16
"""Most words and phrases of one search."""
PREFIX = 3
"""Fewest letters before a `*`; a shorter prefix would match half of the index."""
BEFORE_WORDS = frozenset("./\\:-")
"""Signs that count if a word follows them directly, as in .net and --help."""
SKIN_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"

_PART = re.compile(r'"([^"]*)"?|([^\s"]+)')


class Pattern(NamedTuple):
    """Words that follow each other, and how many words of a text they are the place of.

    With `is_prefix`, the last of them is the beginning of a word.
    """

    words: tuple[str, ...]
    is_prefix: bool
    size: int

    @property
    def is_word(self) -> bool:
        """Whether it is one whole word of ASCII."""
        return len(self.words) == 1 and not self.is_prefix and self.words[0].isalnum()


_is_together = re.compile(TOGETHER).match
_SPACES, _SIGNS = re.compile(SPACES), re.compile(SIGNS)


def parse(text: str) -> list[Pattern]:
    """Return the patterns of a search, all of which a message must have.

    Raises `Invalid` if there are no words or signs, or too many.
    """
    parts = [_patterns(quoted or word, bool(word)) for quoted, word in _PART.findall(text)]
    phrases = [patterns for patterns in parts if patterns]
    if not phrases:
        raise Invalid([("q", "Search for at least one word or sign.")])
    if len(phrases) > PHRASES:
        raise Invalid([("q", f"At most {PHRASES} words can be searched for at a time.")])
    return [pattern for patterns in phrases for pattern in patterns]


def _patterns(text: str, allow_prefix: bool) -> list[Pattern]:
    """Return the patterns of a word or phrase; none if it has neither letters nor signs."""
    folded = fold(text)
    letters, _ = find_words(folded)
    found = []
    if letters.texts:
        beginning = folded.rstrip("*")
        is_prefix = allow_prefix and letters.spans[-1][1] == len(beginning) < len(folded)
        folded = beginning if is_prefix else folded
        found.append(_letters(letters, is_prefix))
    for chunk in _SPACES.split(folded):
        found += _signs(chunk)
    return found


def _letters(letters: Words, is_prefix: bool) -> Pattern:
    """Return the pattern of words of letters; raises `Invalid` if a prefix is too short."""
    words, spans = letters
    if _is_together(words[-1]):
        follows = len(words) > 1 and spans[-2][1] == spans[-1][0]
        return _open(words, follows and bool(_is_together(words[-2])))
    if is_prefix and sum(map(len, words)) < PREFIX:
        raise Invalid([("q", f"At least {PREFIX} letters or digits are needed before a *.")])
    return Pattern(tuple(words), is_prefix, len(words))


def _signs(chunk: str) -> Iterator[Pattern]:
    """Yield the patterns of the signs that count in a part without spaces."""
    counting = _SIGNS.sub(_without_punctuation, chunk) if _SIGNS.sub("", chunk) else chunk
    for run in _SIGNS.finditer(counting):
        found = Words([], [])
        add_signs(found, counting, *run.span())
        words = found.texts
        sign, follows = words[-1][0], len(words[-1]) > 1
        if follows and (sign in JOINED or sign in BEFORE_WORDS):
            yield Pattern(tuple(words), False, len(words))
        else:
            yield _open(words, len(words) > 1)


def _open(words: list[str], has_part: bool) -> Pattern:
    """Return the pattern of words of which the last may be a character together with any other."""
    if has_part:
        # The word before it ends with the same character.
        return Pattern(tuple(words[:-1]), False, len(words))
    return Pattern((*words[:-1], words[-1][0]), True, len(words))


def _without_punctuation(run: re.Match[str]) -> str:
    """Return a run of signs beside letters, with spaces instead of those that do not count."""
    is_before_word = run.start() == 0 and run.end() < len(run.string)
    return "".join(
        sign if _is_symbol(sign) or (is_before_word and sign in BEFORE_WORDS) else " "
        for sign in run[0]
    )


def _is_symbol(sign: str) -> bool:
    """Return whether a sign counts beside letters, as punctuation and quotes do not."""
    return (
        sign in JOINED
        or sign in SKIN_TONES
        or (unicodedata.category(sign)[0] != "P" and unicodedata.category(sign) != "Sk")
    )
