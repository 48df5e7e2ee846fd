"""The part of a text that shows why it was found, as FTS5's function `snippet` chooses it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from me_api.chat.search.matches import Match, Pattern, find_matches
from me_api.chat.search.words import Word, words

SIZE = 24
"""Words of an excerpt."""
MORE = "…"
"""What stands for the rest of the text."""
NEW_PHRASE, BEGINNING, SENTENCE = 1000, 120, 100
"""Points of an excerpt: for each phrase in it, and if a text or a sentence begins with it."""


def make_excerpt(text: str, patterns: Sequence[Pattern]) -> list[dict[str, Any]]:
    """Return the parts of the excerpt: `[{"text": "…", "match": bool}, …]`."""
    found = words(text)
    matches = find_matches(patterns, [word.text for word in found])
    first = _choose(text, found, matches)
    last = min(first + SIZE, len(found)) - 1
    begin = found[first].start if first else 0
    end = len(text) if last == len(found) - 1 else found[last].end
    parts = [MORE if first else ""]
    # Every second part is a match.
    for start, stop in _join(matches, last):
        if first <= start <= last:
            place = found[start].start
            parts[-1] += text[begin:place]
            begin = found[stop].end
            parts += [text[place:begin], ""]
    parts[-1] += text[begin:end] + ("" if end == len(text) else MORE)
    return [{"text": part, "match": n % 2 == 1} for n, part in enumerate(parts) if part]


def _choose(text: str, found: Sequence[Word], matches: Sequence[Match]) -> int:
    """Return the word that the best excerpt begins with: the first of those with most points."""
    sentences = _sentences(text, found) if len(found) > SIZE else []
    best, choice = 0, 0
    for match in matches:
        within = _within(matches, match.start)
        if (score := _score(within)) > best:
            best, choice = score, _center(within, len(found))
        if not sentences:
            continue
        begins = sentences[bisect_right(sentences, match.start) - 1]
        score = _score(_within(matches, begins)) + (SENTENCE if begins else BEGINNING)
        if begins < match.start and score > best:
            best, choice = score, begins
    return choice


def _within(matches: Sequence[Match], first: int) -> list[Match]:
    return [match for match in matches if first <= match.start < first + SIZE]


def _score(within: Sequence[Match]) -> int:
    phrases = len({match.phrase for match in within})
    return phrases * NEW_PHRASE + len(within) - phrases


def _center(within: Sequence[Match], count: int) -> int:
    """Return the word to begin with, so that the matches are in the middle, if there is room."""
    start, end = within[0].start, within[-1].start + within[-1].size
    first = start - int((SIZE - (end - start)) / 2)
    return max(0, min(first, count - SIZE))


def _sentences(text: str, found: Sequence[Word]) -> list[int]:
    """Return the numbers of the words with which a sentence, or what follows a colon, begins."""
    starts = [0]
    for number, word in enumerate(found[1:], start=1):
        before = text[found[number - 1].end : word.start]
        stripped = before.rstrip(" \t\n\r")
        if stripped != before and stripped.endswith((".", ":")):
            starts.append(number)
    return starts


def _join(matches: Sequence[Match], last: int) -> list[tuple[int, int]]:
    """Return the first and last words of matches up to a word, those that overlap as one."""
    spans: list[tuple[int, int]] = []
    for start, _, size in matches:
        end = min(start + size - 1, last)
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return spans
