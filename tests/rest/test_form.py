"""Bodies of forms: as `urllib` reads them, but in bounded time."""

from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from me_api.rest.form import MAX_BARE, parse_form

PIECES = [
    "a",
    "=",
    "==",
    "&",
    "+",
    "%",
    "%%",
    "%2",
    "%3d",
    "%3D",
    "%26",
    "%2B",
    "%C3%A5",
    "%c3",
    "é",
]
PIECES += ["\r", "\n", "\r\n", "%0A", "_", "\0", "=3D", "=\n", "%=", "%\n", "🎉"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
@example("text=100% säkert, 5%=\n%")
def test_it_is_what_urllib_reads(text: str) -> None:
    try:
        wanted = dict(parse_qsl(text, keep_blank_values=True, errors="strict"))
    except ValueError:
        with pytest.raises(ValueError):
            parse_form(text.encode())
    else:
        assert parse_form(text.encode()) == wanted


def test_a_megabyte_is_read_if_it_is_percent_encoded() -> None:
    text = "å" * 160_000
    assert parse_form(f"text={quote(text)}".encode()) == {"text": text}
    assert parse_form(b"text=" + b"%" * MAX_BARE) == {"text": "%" * MAX_BARE}


def test_percent_signs_that_encode_nothing_are_bounded() -> None:
    """A megabyte of them held up everybody for 0.3 s."""
    with pytest.raises(ValueError, match="too many percent signs"):
        parse_form(b"text=" + b"%z" * (MAX_BARE + 1))
