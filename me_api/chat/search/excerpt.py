"""The part of a text that shows why it was found."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from me_api.chat.search.characters import continues
from me_api.chat.search.matches import Match, find_matches
from me_api.chat.search.phrases import Pattern

SIZE = 160
"""Characters of an excerpt; with a long match at its end it has more."""
MORE = "…"
"""What stands for the rest of the text."""
NEAR = 20
"""Within so many characters, an excerpt begins and ends at a space, if there is one."""
CONSIDERED = 200
"""The first matches, of which the excerpt shows as many as it can."""
NEW_PATTERN, BEGINNING, SENTENCE = 1000, 120, 100
"""Points of an excerpt: for each pattern in it, and if a text or a sentence begins with it."""

_SENTENCE = re.compile(r"(?<=[.:])\s+(?=\S)")
_SPACE = re.compile(r"\s")


def make_excerpt(text: str, patterns: Sequence[Pattern]) -> list[dict[str, Any]]:
    """Return the parts of the excerpt: `[{"text": "…", "match": bool}, …]`."""
    matches = find_matches(patterns, text)
    begin, end = 0, len(text)
    if len(text) > SIZE:
        begin = _begin(text, matches[:CONSIDERED])
        end = _end(text, begin)
    parts, place = [MORE if begin else ""], begin
    # Every second part is a match.
    for start, stop in _join(matches):
        if begin <= start < end:
            parts[-1] += text[place:start]
            parts += [text[start:stop], ""]
            place = stop
    end = max(end, place)
    parts[-1] += text[place:end] + (MORE if end < len(text) else "")
    return [{"text": part, "match": n % 2 == 1} for n, part in enumerate(parts) if part]


def _begin(text: str, matches: Sequence[Match]) -> int:
    """Return where the best excerpt begins: the first of those with most points."""
    starts = [match.start for match in matches]
    best, begin = 0, 0
    for place, points in _beginnings(text, starts):
        within = matches[bisect_left(starts, place) : bisect_left(starts, place + SIZE)]
        patterns = len({match.pattern for match in within})
        total = patterns * NEW_PATTERN + len(within) - patterns + points
        if within and total > best:
            best, begin = total, place if points else _center(text, within)
    return begin


def _beginnings(text: str, starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield places, and the points for beginning there; for matches, none."""
    yield 0, BEGINNING
    for found in _SENTENCE.finditer(text):
        yield found.end(), SENTENCE
    for start in starts:
        yield start, 0


def _center(text: str, within: Sequence[Match]) -> int:
    """Return where to begin, so that the matches are in the middle, if there is room."""
    size = within[-1].end - within[0].start
    begin = max(0, min(within[0].start - (SIZE - size) // 2, len(text) - SIZE))
    if begin and (space := _SPACE.search(text, begin - 1, min(begin + NEAR, within[0].start))):
        return space.end()
    while continues(text[begin]):
        begin += 1
    return begin


def _end(text: str, begin: int) -> int:
    end = min(begin + SIZE, len(text))
    if end == len(text):
        return end
    space = max(text.rfind(character, end - NEAR, end + 1) for character in " \n")
    if space > begin:
        return space
    while end < len(text) and continues(text[end]):
        end += 1
    return end


def _join(matches: Sequence[Match]) -> Iterator[tuple[int, int]]:
    """Yield the places of matches, those that overlap or touch as one."""
    start, end = -1, -1
    for match in matches:
        if match.start > end:
            if start >= 0:
                yield start, end
            start = match.start
        end = max(end, match.end)
    if start >= 0:
        yield start, end
