"""The words of a text, as FTS5's tokenizer `unicode61 remove_diacritics 2` reads and folds them.

Two texts are the same word if they differ in case and accents only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_SEPARATOR, _MARK = " ", "\N{COMBINING GRAVE ACCENT}"
_WORD = re.compile(f"[^{_SEPARATOR}{_MARK}][^{_SEPARATOR}]*")


class Word(NamedTuple):
    """A word, folded, and where it begins and ends in the text."""

    text: str
    start: int
    end: int


def _read(path: Path) -> Iterator[tuple[int, str]]:
    """Return what each listed character is read as."""
    for line in path.read_text("ascii").splitlines():
        if line.startswith("#"):
            continue
        read_as, ranges = line.split("; ")
        char = {"separates": _SEPARATOR, "continues": _MARK}.get(read_as) or chr(int(read_as, 16))
        for points in ranges.split():
            first, _, last = points.partition("-")
            for point in range(int(first, 16), int(last or first, 16) + 1):
                yield point, char


# A table instead of `unicodedata`, whose version is Python's: the words of an index must not depend
# on the Python that wrote them. Read once, at the start: the event loop must not wait for the disk.
_READ_AS = dict(_read(Path(__file__).with_name("unicode61.txt")))


def words(text: str) -> list[Word]:
    """Return the words of a text in their order."""
    # Every character is replaced by one, so that places stay the same.
    found = _WORD.finditer(text.translate(_READ_AS))
    return [Word(word[0].replace(_MARK, ""), word.start(), word.end()) for word in found]
