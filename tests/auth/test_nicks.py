"""Nicks: which are valid, their normal form, and which look alike."""

import pytest

from me_api.auth.nicks import MAX_NICK, candidates, fold
from me_api.errors import Invalid
from me_api.users.schemas import Registration
from me_api.validation import validate


def nick_of(nick: str) -> str | None:
    return validate(Registration, {"email": "a@b.se", "password": "12345678", "nick": nick}).nick


@pytest.mark.parametrize(
    ("given", "normalised"),
    [
        ("mos", "mos"),
        ("  mos\n", "mos"),
        ("Åsa Ö", "Åsa Ö"),
        ("A\u030asa", "Åsa"),
        ("漢字", "漢字"),
        ("🎉❤\ufe0f", "🎉❤\ufe0f"),
        ("n" * MAX_NICK, "n" * MAX_NICK),
    ],
)
def test_a_valid_nick_is_normalised(given: str, normalised: str) -> None:
    assert nick_of(given) == normalised


@pytest.mark.parametrize(
    "given",
    [
        "",
        "   ",
        "n" * (MAX_NICK + 1),
        "a\nb",
        "a\tb",
        "a\0b",
        "a\x7fb",
        "a\u200bb",
        "a\u202eb",
        "a\u2028b",
        "\ufeffmos",
        "a\ue000",
        "\u3164",
        "\u2800 \ufe0f",
        "\ud800",
    ],
)
def test_an_invalid_nick_is_refused(given: str) -> None:
    with pytest.raises(Invalid) as refused:
        nick_of(given)
    assert [source for source, _ in refused.value.faults] == ["nick"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mos", "MOS"),
        ("mos", "ｍｏｓ"),
        ("Straße", "STRASSE"),
        ("Åsa", "a\u030aSA"),
        ("a b", "a\u00a0 b"),
        ("mos", "m\u034fos\ufe0f"),
        ("ﬁn", "FIN"),
    ],
)
def test_nicks_that_look_alike_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_nicks_that_differ_are_not_the_same() -> None:
    assert len({fold(nick) for nick in ("mos", "mös", "m os", "mos1", "сос")}) == 5


@pytest.mark.parametrize(
    ("email", "nick"),
    [
        ("mos@example.com", "mos"),
        ("Mos.Åsa+x@example.com", "Mos.Åsa+x"),
        ("m" * 64 + "@example.com", "m" * MAX_NICK),
        ("\u200ba\u200b@example.com", "a"),
        ("\u3164@example.com", "user"),
    ],
)
def test_the_first_candidate_is_the_local_part_made_valid(email: str, nick: str) -> None:
    assert next(candidates(email)) == nick


def test_candidates_are_endless_and_valid() -> None:
    iterator = candidates("m" * 64 + "@example.com")
    nicks = [next(iterator) for _ in range(30)]
    assert nicks[1:9] == [f"{'m' * 24}{number}" for number in range(2, 10)]
    assert len(set(nicks)) == 30
    assert [nick_of(nick) for nick in nicks] == nicks
