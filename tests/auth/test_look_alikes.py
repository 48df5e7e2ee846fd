"""Nicks that look like another (Unicode Technical Standard 39) are the same."""

import string
import unicodedata
from itertools import combinations

import pytest
from flask import Flask
from hypothesis import assume, example, given
from hypothesis import strategies as st

from me_api.auth import nicks
from me_api.auth.confusables import PROTOTYPES, skeleton
from me_api.auth.nicks import clean, fold
from me_api.chat import rooms
from tests.auth.test_nicks import nick_of
from tests.support.app import Person, errors_of
from tests.support.fixtures import MakePerson

ASCII = set(string.ascii_letters + string.digits)
UNLIKE = set("ſ˛ͺ￨ꮁƽ𑣕𑣆𑣜𑣄")
"""Characters that are nowhere taken for the letter that Unicode has them look like."""
MARK = "\u0301"
names = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
TYPED = [
    *(
        "Åsa",
        "Asa",
        "Ása",
        "Łukasz",
        "Lukasz",
        "Ольга",
        "Олег",
        "田中",
        "田口",
        "José",
        "Jose",
        "Zoë",
    ),
    *("Zoe", "Nguyễn", "Ngô", "Σωκράτης", "Πλάτων", "नेहा", "สมชาย", "محمد", "أحمد", "דוד", "דנה"),
    *(
        "김민준",
        "이서연",
        "O'Brien",
        "Anna-Karin",
        "anna b",
        "annab",
        "mos",
        "mös",
        "user2",
        "user3",
    ),
    *("user20", "user30", "🎉", "🎂", "++", "+"),
]


@pytest.mark.parametrize(
    "other",
    [
        *("Idor", "IDOR", "ldor", "1dor", "|dor", "ⅰdor", "ıdor", "İdor", "i\u0307dor"),
        *("іdоr", "іԁог", "ΙDOR", "IDОR", "ɪdor", "𝗂𝖽𝗈𝗋", "ｉｄｏｒ", "id0r", "idοr", "idоr"),
        *(
            "idor.",
            "idor,",
            "idor:",
            "idor!",
            ".idor.",
            "idor…",
            "idor。",
            "idor·",
            "idor_",
            "-idor-",
        ),
        *("«idor»", "(idor)", "'idor'", "idor .", "idor .  .", "idor.\u0323", "idor´", "idor`"),
        *("idor\ufe0f", "id\u034for", "idor\u3164"),
    ],
)
def test_what_a_reader_would_take_for_another_nick_is_the_same(other: str) -> None:
    """F51: `іdоr` in Cyrillic, and `idor.` beside a registered `idor`, passed."""
    assert fold(other) == fold("idor")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mos", "МОЅ"),
        ("PETE", "РЕТЕ"),
        ("Hanna", "Ηаnna"),
        ("HANNA", "НАΝΝА"),
        ("modern", "rnodern"),
        ("Нина", "НИНА"),
        ("Ольга", "ОЛЬГА"),
        ("Σωκράτης", "ΣΩΚΡΆΤΗΣ"),
    ],
)
def test_capitals_are_compared_too(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_real_names_differ_and_are_accepted_as_they_are() -> None:
    for one, other in combinations(TYPED, 2):
        assert fold(one) != fold(other), (one, other)
    assert [nick_of(nick) for nick in TYPED] == TYPED
    assert [clean(nick) for nick in TYPED] == TYPED


@pytest.mark.parametrize("nick", ["...", "!", "-_-", "...!"])
def test_a_nick_of_punctuation_alone_is_one(nick: str) -> None:
    assert nick_of(nick) == nick
    assert fold(nick) not in ("", fold("idor"))


@pytest.mark.parametrize(
    "nick",
    [f"i{MARK * 31}", f"ab{MARK * 3}c", MARK, f"{MARK}idor", f"é{MARK * 2}", "a\u20dd\u0301\u0301"],
)
def test_marks_do_not_pile_up(nick: str) -> None:
    """F51: 31 marks on a letter cover the lines above it."""
    with pytest.raises(ValueError, match="marks"):
        nicks.check(nick)
    kept = clean(nick)
    assert kept is None or nicks.check(kept) == kept


def test_the_beginning_of_a_very_long_name_is_a_nick() -> None:
    assert clean("a" + MARK * 31 + "b" * 1_000_000) == "á" + MARK + "b" * 30
    assert clean(MARK * 1_000_000) is None


def test_two_marks_are_accepted() -> None:
    for nick in ("Nguyễn", f"x{MARK}{MARK}y", "1\ufe0f\u20e3", "❤\ufe0f"):
        assert nick_of(nick) == unicodedata.normalize("NFC", nick)


@given(names)
@example("İ")
@example("ŉ")
@example("ẞ")
@example("\u0345")
def test_case_and_composition_make_no_difference(name: str) -> None:
    # These are compared by their shape in the word that they are in.
    assume(not set(unicodedata.normalize("NFKC", name).casefold()) & set("νυς"))
    forms = [unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    assert {fold(form) for form in forms} == {fold(name)}
    assert fold(name.casefold()) == fold(name)


@given(names)
def test_what_is_cleaned_is_valid_and_stays(name: str) -> None:
    nick = clean(name)
    if nick is not None:
        assert nicks.check(nick) == nick == clean(nick)


LOOK_ALIKES: dict[str, list[str]] = {}
for _char, _prototype in PROTOTYPES.items():
    if _prototype in ASCII and clean(_char) == _char and _char not in UNLIKE:
        LOOK_ALIKES.setdefault(_prototype.lower(), []).append(_char)


@given(st.lists(st.sampled_from(sorted(LOOK_ALIKES)), min_size=1), st.data())
def test_a_nick_is_the_same_with_letters_of_other_alphabets(
    letters: list[str], data: st.DataObject
) -> None:
    drawn = [data.draw(st.sampled_from([char, *LOOK_ALIKES[char]])) for char in letters]
    assert fold("a" + "".join(drawn)) == fold("a" + "".join(letters))


def test_the_table_is_unicode_s() -> None:
    assert len(PROTOTYPES) == 6311
    assert skeleton("𝐚ｙ𝓹а𝟙") == "aypal"


def test_a_registered_nick_is_reserved_in_all_its_shapes(
    app: Flask, anybody: Person, make_person: MakePerson
) -> None:
    with app.app_context():
        rooms.ensure(("lobby",))
    make_person("idor")
    for nick in ("іdоr", "idor.", "1dor", "IDОR"):
        reply = anybody.post("/chat/rooms/lobby/messages", {"nick": nick, "text": "hej"})
        assert errors_of(reply) == [(403, "nick_reserved", "nick")]
        account = {"email": "x@example.com", "password": "correct horse", "nick": nick}
        assert errors_of(anybody.post("/register", account)) == [(409, "nick_taken", "nick")]
    reply = anybody.post("/chat/rooms/lobby/messages", {"nick": "i" + MARK * 5, "text": "hej"})
    assert errors_of(reply) == [(422, "invalid", "nick")]


@given(st.text(st.sampled_from(sorted(ASCII)), min_size=1, max_size=32))
def test_simple_nicks_are_folded_as_all_others(nick: str) -> None:
    # Only letters and digits take the short way, and punctuation around a nick is not part of it.
    assert fold.__wrapped__(nick) == fold.__wrapped__(f"({nick})")
    assert nicks.check.__wrapped__(nick) == nick
