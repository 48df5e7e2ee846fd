"""Words, phrases and excerpts are those of SQLite's FTS5, whatever the text."""

import secrets
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from me_api.chat.search.excerpt import SIZE, make_excerpt
from me_api.chat.search.matches import compile_phrases, find_matches
from me_api.chat.search.phrases import Phrase
from me_api.chat.search.words import words

SURROGATES = range(0xD800, 0xE000)
# PostgreSQL stores no NUL, and so no interface accepts it.
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(st.one_of(LETTERS, st.sampled_from(" .:'\"-åÅéÉe\u0301\u0300ßẞKİıǅﬀ中🥰😀")))
# Few different words, so that phrases are found, and several times.
FEW = st.lists(st.sampled_from(["hej", "HÉJ", "på", "dig", "hejsan"]), min_size=1, max_size=60)
BETWEEN = st.sampled_from([" ", ", ", ". ", ": ", ".", "\n", " .\t", "- 😀 "])
PHRASES = st.lists(
    st.builds(
        Phrase,
        st.lists(st.sampled_from(["hej", "Hej", "pa", "dig", "hejsan", "då"]), min_size=1).map(
            " ".join
        ),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


class Index:
    """An index of FTS5, which holds one text at a time."""

    def __init__(self) -> None:
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.database.execute(
            "CREATE VIRTUAL TABLE texts"
            " USING fts5(text, tokenize = 'unicode61 remove_diacritics 2', columnsize = 0)"
        )
        self.database.execute("CREATE VIRTUAL TABLE held USING fts5vocab(texts, instance)")

    def fill(self, text: str) -> None:
        self.database.execute("DELETE FROM texts")
        self.database.execute("INSERT INTO texts VALUES (?)", (text,))

    def words(self) -> list[str]:
        """Return the words of the text in their order."""
        return [word for (word,) in self.database.execute("SELECT term FROM held ORDER BY offset")]

    def snippet(self, phrases: list[Phrase]) -> list[dict[str, Any]] | None:
        """Return the excerpt for phrases; None if the text does not have all of them."""
        match = " AND ".join(f'"{phrase.text}"' + "*" * phrase.is_prefix for phrase in phrases)
        mark = secrets.token_hex(16)
        snippet = f"SELECT snippet(texts, 0, '{mark}', '{mark}', '…', {SIZE}) FROM texts(?)"
        for (excerpt,) in self.database.execute(snippet, (match,)):
            parts = enumerate(excerpt.split(mark))
            return [{"text": part, "match": n % 2 == 1} for n, part in parts if part]
        return None


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    made = Index()
    yield made
    made.database.close()


@settings(max_examples=500)
@given(text=TEXTS)
@example("E\u0301tude e\u0301\u0300 \u0301e e\u0305x x\u0300")
@example("mos@example.com 1.5 e-post don't räksmörgås ÅÄÖ ΐΣς Ёё ﬁ ½ ² ab\u00adc")
def test_words_are_those_of_fts5(index: Index, text: str) -> None:
    index.fill(text)
    found = words(text)
    assert [word.text for word in found] == index.words()
    for word in found:
        assert words(text[word.start : word.end]) == [(word.text, 0, word.end - word.start)]


def test_every_character_is_read_as_fts5_reads_it(index: Index) -> None:
    # Of the planes beyond those with letters and marks, some.
    points = [*range(1, 0x20000), *range(0x20000, sys.maxunicode, 997), *range(0xE0000, 0xE0400)]
    points = [point for point in points if point not in SURROGATES]
    for first in range(0, len(points), 4096):
        # In the middle of a word, and at the beginning of one.
        text = " ".join(f"x{chr(p)}y {chr(p)}z" for p in points[first : first + 4096])
        index.fill(text)
        assert [word.text for word in words(text)] == index.words(), hex(points[first])


@settings(max_examples=400)
@given(said=FEW, between=st.lists(BETWEEN, min_size=60, max_size=60), phrases=PHRASES)
def test_matches_and_excerpts_are_those_of_fts5(
    index: Index, said: list[str], between: list[str], phrases: list[Phrase]
) -> None:
    text = "".join(part for pair in zip(said, between, strict=False) for part in pair)
    index.fill(text)
    patterns = compile_phrases(phrases)
    expected = index.snippet(phrases)
    assert bool(find_matches(patterns, [word.text for word in words(text)])) == bool(expected)
    if expected is not None:
        assert make_excerpt(text, patterns) == expected


def test_phrases_without_words_are_nowhere(index: Index) -> None:
    # 😀 separates words; Python says the same, as long as it knows the character.
    index.fill("hej 😀")
    phrases = [Phrase("hej", is_prefix=False), Phrase("😀", is_prefix=False)]
    assert index.snippet(phrases) is None
    assert find_matches(compile_phrases(phrases), ["hej"]) == []


def test_an_excerpt_begins_with_the_sentence_of_the_match() -> None:
    """Also after a colon; not after an abbreviation within a word, such as `t.ex`."""
    before = "ord " * 30
    for text in ("Slut. Här är en nål", "Så här: här är en nål", "Slut.\n Här t.ex en nål"):
        (first, match) = make_excerpt(before + text + " " + "ord " * 30, compiled("nål"))[:2]
        assert match == {"text": "nål", "match": True}
        assert first["text"].lower().startswith("…här ")


def compiled(word: str) -> Any:
    return compile_phrases([Phrase(word, False)])
