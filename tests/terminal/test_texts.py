"""Parsing events and addresses, and what is printed of texts that others have written."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal import address
from terminal.sse import ServerSentEvent, events
from terminal.text import one_line, printable

STREAM = (
    "id: 56\nretry: 1000\n\n"
    ": a comment\n\n"
    'id: 57\nevent: report\ndata: {"title":"å\u2028\x85"}\n\n'
    "data: a\r\ndata: b\r\n\r\n"
    "id: 58\ndata: not complete\n"
)
EXPECTED = [
    ServerSentEvent("56", "message", ""),
    ServerSentEvent("57", "report", '{"title":"å\u2028\x85"}'),
    ServerSentEvent("57", "message", "a\nb"),
]


@given(st.lists(st.integers(0, len(STREAM.encode()))))
def test_events_are_the_same_wherever_they_are_cut(cuts: list[int]) -> None:
    body = STREAM.encode()
    places = [0, *sorted(cuts), len(body)]

    async def chunks() -> AsyncIterator[bytes]:
        for begin, end in pairwise(places):
            yield body[begin:end]

    async def read() -> list[ServerSentEvent]:
        return [event async for event in events(chunks(), "55")]

    assert asyncio.run(read()) == EXPECTED


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("example.com", "http://example.com/"),
        ("127.0.0.1:1337", "http://127.0.0.1:1337/"),
        ("[::1]:1337", "http://[::1]:1337/"),
        ("https://example.com/", "https://example.com/"),
        ("https://example.com/me/", "https://example.com/me/"),
        ("https://example.com/me", "https://example.com/me/"),
    ],
)
def test_addresses_are_completed(typed: str, expected: str) -> None:
    assert address.parse(typed) == expected


@pytest.mark.parametrize(
    "typed",
    ["", "ftp://example.com", "http://", "http://a:b@example.com", "example.com/?x=1", "a:99999"],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):
        address.parse(typed)


@given(st.text())
def test_a_terminal_obeys_nothing_of_a_text(text: str) -> None:
    shown = printable(text)
    assert not any((ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 for c in shown)
    assert "\n" not in one_line(text)


def test_texts_keep_what_can_be_read() -> None:
    assert printable("hej\tpå \x1b[31mdig\x07\nnu") == "hej på [31mdig\nnu"
    assert one_line("a\u202eb\n c ") == "ab c"
