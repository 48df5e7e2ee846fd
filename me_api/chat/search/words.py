"""The words of a text, which both databases index as they are returned here.

Words are letters and digits that follow each other, folded. In scripts without spaces, every letter
is a word together with the next one: any part of a run is then a phrase. So are signs, such as
emoji: each with what directly follows it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from me_api.chat.search.characters import LETTERS, SIGNS, SPACES, TOGETHER, continues, fold

MAX_WORD = 500
"""Characters of a word, of which PostgreSQL stores 2,046 bytes; the rest makes no difference."""
JOINED = frozenset("#$%&+<=>@|~")
"""Signs that make another word of the letter before them, as in c++ and c#."""

_ASCII_LETTERS, _ASCII_SIGNS = re.compile("[a-z0-9]+"), re.compile("[!-/:-@[-`{-~]+")
# A sign between its neighbours, of which the words are made that `add_signs` adds: the letter
# before it, if both are a word, and what follows it, unless that is a space. What is before them is
# part of the match because the repetition skips it ten times as fast as a search does; and so is
# what is after the last, or the search would try again from each character of it.
_ASCII_SIGN = re.compile(
    "[^!-/:-@[-`{-~]*+(?:(?:(?<=([a-z0-9]))(?=[#$%&+<=>@|~]))?([!-/:-@[-`{-~])(?=([!-~]?)))?"
)
_RUNS = re.compile(f"(?P<letters>{LETTERS})|(?P<together>{TOGETHER})|(?P<signs>{SIGNS})")
_is_space = re.compile(SPACES).match
# Characters that are folded to one each, whatever is beside them: ASCII, and most of Latin-1.
_is_one_to_one = re.compile("[\0-\x7f\xc0-\xde\xe0-\xff]*").fullmatch
# What can be folded by itself; or what may have to be folded together.
_PIECES = re.compile("(?P<ascii>(?:[\0-\x7f](?![^\0-\x7f]))+)|[\0-\x7f]?[^\0-\x7f]+")

Span = tuple[int, int]


class Words(NamedTuple):
    """Words, and where each is in the folded text.

    Of a word that is a character together with the next one, this is the place of the first.
    """

    texts: list[str]
    spans: list[Span]

    def add(self, folded: str, start: int, end: int) -> None:
        """Add the word at a place."""
        self.texts.append(folded[start : min(end, start + MAX_WORD)])
        self.spans.append((start, end))

    def add_pairs(self, folded: str, start: int, end: int, upto: int) -> None:
        """Add each character of a run, together with the next one if that is before `upto`."""
        self.texts.extend(folded[place : min(place + 2, upto)] for place in range(start, end))
        self.spans.extend((place, place + 1) for place in range(start, end))


class Origins(NamedTuple):
    """Where a text has what each character of the folded text stands for."""

    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, first: Span, last: Span) -> Span:
        """Return where the text has what is from one word up to another one."""
        return self.starts[first[0]], self.ends[last[1] - 1]


def words(text: str) -> list[str]:
    """Return the words of a text: those of letters in their order, then those of signs."""
    folded = fold(text)
    if folded.isascii():
        # Most messages go this way, which takes a third of the time of `find_words`.
        found: list[str] = _ASCII_LETTERS.findall(folded)
        if len(folded) > MAX_WORD:
            found = [word[:MAX_WORD] for word in found]
        for letter, sign, following in _ASCII_SIGN.findall(folded):
            if letter:
                found.append(letter + sign)
            if sign:
                found.append(sign + following)
        return found
    of_letters, of_signs = find_words(folded)
    return of_letters.texts + of_signs.texts


def find_words(folded: str) -> tuple[Words, Words]:
    """Return the words of a folded text: those of letters, and those of signs."""
    of_letters, of_signs = Words([], []), Words([], [])
    if folded.isascii():
        of_letters.spans.extend(run.span() for run in _ASCII_LETTERS.finditer(folded))
        of_letters.texts.extend(word[:MAX_WORD] for word in _ASCII_LETTERS.findall(folded))
        for run in _ASCII_SIGNS.finditer(folded):
            add_signs(of_signs, folded, *run.span())
        return of_letters, of_signs
    for run in _RUNS.finditer(folded):
        start, end = run.span()
        if run.lastgroup == "letters":
            of_letters.add(folded, start, end)
        elif run.lastgroup == "together":
            of_letters.add_pairs(folded, start, end, end)
        else:
            add_signs(of_signs, folded, start, end)
    return of_letters, of_signs


def add_signs(found: Words, folded: str, start: int, end: int) -> None:
    """Add the words of a run of signs."""
    if folded[start] in JOINED and start and not _is_space(folded[start - 1]):
        found.texts.append(folded[start - 1 : start + 1])
        found.spans.append((start - 1, start))
    is_followed = end < len(folded) and not _is_space(folded[end])
    found.add_pairs(folded, start, end, end + is_followed)


def fold_with_origins(text: str) -> tuple[str, Origins]:
    """Return a folded text, and where its characters come from."""
    if _is_one_to_one(text):
        return fold(text), Origins(range(len(text)), range(1, len(text) + 1))
    parts, starts, ends = [], list[int](), list[int]()
    for piece in _PIECES.finditer(text):
        start, stop = piece.span()
        if piece["ascii"]:
            parts.append(piece[0].lower())
            starts += range(start, stop)
            ends += range(start + 1, stop + 1)
            continue
        while start < stop:
            end = start + 1
            while end < stop and continues(text[end]):
                end += 1
            parts.append(_fold_few(text[start:end]))
            starts += [start] * len(parts[-1])
            ends += [end] * len(parts[-1])
            start = end
    return "".join(parts), Origins(starts, ends)


_fold_few = lru_cache(maxsize=4096)(fold)
