"""The words of a text, the patterns of a search, and the places and excerpts that are shown."""

import re
import sys
import unicodedata
from itertools import groupby

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from me_api.chat.search import characters
from me_api.chat.search.characters import LETTERS, SIGNS, SPACES, TOGETHER, fold
from me_api.chat.search.excerpt import SIZE, make_excerpt
from me_api.chat.search.matches import find_matches, has_all
from me_api.chat.search.phrases import parse
from me_api.chat.search.words import MAX_WORD, find_words, fold_with_origins, words
from me_api.errors import Invalid

# PostgreSQL stores no NUL, and so no interface accepts it.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
SOME = st.sampled_from(
    " .:'-+#åÅéÉe\u0301\u0300ßẞİıﬀ½™㎏"
    "中国日本語がか\u3099ｶﾞ한\u1112\u1161\u11abไทยที่मिन्🥰👍🏽❤\ufe0f\u200d≠=\u0338"
)
TEXTS = st.text(st.one_of(CHARACTERS, SOME), max_size=60)
POINTS = [point for point in range(1, sys.maxunicode + 1) if not 0xD800 <= point < 0xE000]
KINDS = {
    kind: re.compile(pattern).match
    for kind, pattern in zip("LSZT", (LETTERS, SIGNS, SPACES, TOGETHER), strict=True)
}


def kind(character: str) -> str:
    """Return the kind of a character: a letter (also one that stands together), sign or space."""
    (found,) = [kind for kind, match in KINDS.items() if match(character)]
    return found


def test_each_character_has_one_kind_which_is_that_of_unicode() -> None:
    for point in POINTS:
        character = chr(point)
        category = unicodedata.category(character)
        if category != "Cn":
            assert (kind(character) == "S") == (category[0] in "PS"), hex(point)
            assert category[0] != "Z" or kind(character) == "Z", hex(point)
            assert category[0] != "L" or kind(character) in "LT", hex(point)


def test_characters_that_are_newer_are_read_by_every_version_of_python_alike() -> None:
    # CJK Extension H and a face of Unicode 15, a sign of currency of Unicode 14.
    assert [kind(c) for c in "\U00031350\U0001fae8\u20c0"] == ["T", "S", "S"]


@settings(max_examples=500)
@given(text=TEXTS)
@example(
    "ｶﾞ か\u3099 \u1112\u1161\u11ab ㎏ ½ ™ ﷺ ﬁ Ⓐ İ ŉ ǰ ΐ ﾞ \u0301 가\u11a8 ㅋㅏㄱ \u1100\u200b\u1161"
)
def test_the_words_of_both_normal_forms_are_the_same(text: str) -> None:
    expected = words(text)
    for form in ("NFC", "NFD"):
        assert words(unicodedata.normalize(form, text)) == expected
    assert words(text.upper().lower()) == words(text.lower())


@settings(max_examples=500)
@given(text=TEXTS)
@example(
    "ｶﾞ か\u3099 \u1112\u1161\u11ab ㎏ ½ ™ ﷺ ﬁ Ⓐ İ ŉ ǰ ΐ ﾞ \u0301 가\u11a8 ㅋㅏㄱ \u1100\u200b\u1161"
)
def test_the_places_of_folded_characters_are_where_they_come_from(text: str) -> None:
    folded, (starts, ends) = fold_with_origins(text)
    assert folded == fold(text)
    assert len(folded) == len(starts) == len(ends)
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        assert folded[place] in fold(text[start:end])


@settings(max_examples=500)
@given(text=TEXTS)
@example("重跑gen-itgc后 東京タワー C++ .net c#")
def test_f56_every_run_of_letters_and_every_sign_is_found(text: str) -> None:
    """F56, F90: also every part of a run in scripts without spaces; and it is what is marked."""
    runs = ["".join(group) for _, group in groupby(fold(text), kind)]
    parts = [run for run in runs if kind(run[0]) in "LTS"]
    for run in [run for run in runs if kind(run[0]) in "TS"]:
        parts += [*run, *(run[n : n + 2] for n in range(len(run) - 1)), run[1:], run[:-1]]
    for part in filter(None, parts):
        if len(part) > MAX_WORD or '"' in part:
            continue
        patterns = parse(f'"{part}"')
        assert has_all(patterns, text), part
        marked = [text[match.start : match.end] for match in find_matches(patterns, text)]
        assert any(fold(part) in fold(each) for each in marked), (part, marked)


@settings(max_examples=500)
@given(text=TEXTS, data=st.data())
def test_a_part_that_begins_and_ends_between_words_is_found(text: str, data: st.DataObject) -> None:
    chunks = text.replace('"', " ").split()
    assume(chunks)
    first = data.draw(st.integers(0, len(chunks) - 1))
    last = data.draw(st.integers(first, len(chunks) - 1))
    for q in (" ".join(chunks[first : last + 1]), f'"{" ".join(chunks[first : last + 1])}"'):
        try:
            patterns = parse(q)
        except Invalid:
            assume(False)
        assert has_all(patterns, text), q
        if len(text) <= SIZE:
            assert "".join(part["text"] for part in make_excerpt(text, patterns)) == text


@settings(max_examples=300)
@given(
    before=st.text(st.sampled_from("ab .:中\u0301"), max_size=400),
    after=st.text(st.sampled_from("ab .:中\u0301"), max_size=400),
)
def test_an_excerpt_is_a_part_of_the_text_with_the_match_marked(before: str, after: str) -> None:
    text = f"{before} nål {after}"
    parts = make_excerpt(text, parse("nål"))
    assert "nål" in [part["text"] for part in parts if part["match"]]
    shown = "".join(part["text"] for part in parts)
    assert shown.removeprefix("…").removesuffix("…") in text
    assert len(shown) <= SIZE + 10
    assert shown.startswith("…") or text.startswith(shown.removesuffix("…"))


def test_an_excerpt_begins_with_the_sentence_of_the_match() -> None:
    """Also after a colon; not after an abbreviation within a word, such as `t.ex`."""
    before = "ord " * 50
    for text in ("Slut. Här är en nål", "Så här: här är en nål", "Slut.\n Här t.ex en nål"):
        (first, match) = make_excerpt(before + text + " " + "ord " * 50, parse("nål"))[:2]
        assert match == {"text": "nål", "match": True}
        assert first["text"].lower().startswith("…här ")


@pytest.mark.parametrize(
    ("text", "q", "marked"),
    [
        ("日本語のテスト 東京タワー", "東京", ["東京"]),
        ("東京東京東", "東", ["東", "東", "東"]),
        ("東京東京", "東京", ["東京東京"]),
        ("が か\u3099 ｶﾞ", "が", ["が", "か\u3099"]),
        ("E\u0301tude étude", "etude", ["E\u0301tude", "étude"]),
        ("jag kan C++, c#", "c++ c#", ["C++", "c#"]),
        ("asp.net, .net", ".net", [".net", ".net"]),
        ("hej 👍🏽❤\ufe0f då", "👍", ["👍"]),
        ("jag ❤\ufe0f dig", "❤", ["❤\ufe0f"]),
        ("5㎏ mjöl", "5kg", ["5㎏"]),
        ("kursen börjar", "kurs*", ["kursen"]),
        ("hej, du. hej du", '"hej du"', ["hej, du", "hej du"]),
    ],
)
def test_what_is_found_is_marked(text: str, q: str, marked: list[str]) -> None:
    parts = make_excerpt(text, parse(q))
    assert [part["text"] for part in parts if part["match"]] == marked
    assert "".join(part["text"] for part in parts) == text


@settings(max_examples=300)
@given(text=st.text(st.sampled_from("abAÅ .+"), max_size=40), word=st.text("ab", min_size=1))
@example("ab aab aba ab.ab AB åb", "ab")
def test_one_word_is_marked_as_several_are(text: str, word: str) -> None:
    patterns = parse(word)
    several = [match[:2] for match in find_matches([*patterns, *parse("c")], text + " 中")]
    assert [match[:2] for match in find_matches(patterns, text)] == several


def test_an_excerpt_has_as_many_of_the_words_as_it_can() -> None:
    text = "nål " + "ord " * 100 + "tråd och nål" + " ord" * 100
    parts = make_excerpt(text, parse("nål tråd"))
    assert [part["text"] for part in parts if part["match"]] == ["tråd", "nål"]


def test_words_that_nobody_searches_for_whole_are_cut() -> None:
    assert words("x" * (MAX_WORD + 10)) == ["x" * MAX_WORD]


@settings(max_examples=500)
@given(text=st.text(st.characters(max_codepoint=126, exclude_characters="\0"), max_size=60))
@example("c++ a+b #hej 1.5 ... <a@b.se> x" + "y" * MAX_WORD)
def test_the_words_of_ascii_are_those_that_have_places(text: str) -> None:
    of_letters, of_signs = find_words(fold(text))
    assert words(text) == of_letters.texts + of_signs.texts


def test_no_text_takes_long() -> None:
    """A regular expression that tries again from each character would take minutes."""
    for text in ("a" * 100_000, "中" * 100_000, "+" * 100_000, "a+" * 50_000, "e\u0301" * 50_000):
        assert words(text)
        assert find_words(fold_with_origins(text)[0])
    assert words("+" + "a" * 2_000_000)
    assert characters.continues("\u0301")
