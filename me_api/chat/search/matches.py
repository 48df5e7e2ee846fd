"""Where the patterns of a search are in a text: for excerpts, and where no index has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from me_api.chat.search.phrases import Pattern
from me_api.chat.search.words import Span, find_words, fold_with_origins, words


class Match(NamedTuple):
    """Where in a text a pattern is, and the number of that pattern."""

    start: int
    end: int
    pattern: int


def has_all(patterns: Sequence[Pattern], text: str) -> bool:
    """Return whether a text has all patterns: what the indexes find, too."""
    found = words(text)
    return all(any(True for _ in _starts(pattern, found)) for pattern in patterns)


def find_matches(patterns: Sequence[Pattern], text: str) -> list[Match]:
    """Return every place of every pattern in a text, in their order."""
    folded, origins = fold_with_origins(text)
    matches: list[Match] = []
    others = list(enumerate(patterns))
    if folded.isascii():
        # What most searches are, and a page has many texts: quicker than all their words.
        for number, pattern in others:
            if pattern.is_word:
                spans = _find_word(pattern.words[0], folded)
                matches += [Match(*origins.span(span, span), number) for span in spans]
        others = [each for each in others if not each[1].is_word]
    if others:
        of_letters, of_signs = find_words(folded)
        texts, spans = of_letters.texts + of_signs.texts, of_letters.spans + of_signs.spans
        for number, pattern in others:
            for start in _starts(pattern, texts):
                span = origins.span(spans[start], spans[start + pattern.size - 1])
                matches.append(Match(*span, number))
    return sorted(matches)


def _find_word(word: str, folded: str) -> list[Span]:
    """Return where a word of ASCII is in a folded text of ASCII."""
    spans, end = [], 0
    while (start := folded.find(word, end)) >= 0:
        end = start + len(word)
        if not folded[start - 1 : start].isalnum() and not folded[end : end + 1].isalnum():
            spans.append((start, end))
    return spans


def _starts(pattern: Pattern, found: Sequence[str]) -> Iterator[int]:
    *before, last = pattern.words
    for end, word in enumerate(found):
        if word == last or (pattern.is_prefix and word.startswith(last)):
            start = end - len(before)
            if start >= 0 and list(found[start:end]) == before:
                yield start
