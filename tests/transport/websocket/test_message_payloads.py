"""RFC 6455, sections 5.6 and 8.1: what messages may contain, and how large they may be."""

from struct import pack

import pytest

from me_api.transport.websocket.frame_parser import FrameParser
from me_api.transport.websocket.frames import (
    BINARY,
    CONTINUATION,
    INVALID_DATA,
    PING,
    TEXT,
    TOO_BIG,
    FrameError,
)
from tests.transport.websocket.parsing import BIG, masked, read, refused


def faulty_at(data: bytes, size: int = BIG) -> int:
    """Return the number of bytes after which an error is raised."""
    parser, events = FrameParser(size), []
    for position in range(len(data)):
        try:
            parser.receive_data(data[position : position + 1], events)
        except FrameError:
            return position + 1
    raise AssertionError("no error was raised")


NOT_UTF8 = [b"\xff", b"abc\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\x80"]


@pytest.mark.parametrize("payload", NOT_UTF8)
def test_text_that_is_not_utf8_is_refused_wherever_it_is_split(payload: bytes) -> None:
    assert refused(masked(TEXT, payload)) == INVALID_DATA
    for cut in range(len(payload) + 1):
        parts = masked(TEXT, payload[:cut], final=False) + masked(CONTINUATION, payload[cut:])
        assert refused(parts) == INVALID_DATA
    assert read(masked(BINARY, payload)) == [(BINARY, payload)]


def test_a_character_may_be_split_between_fragments() -> None:
    text = "å😀"
    data = text.encode()
    for cut in range(len(data) + 1):
        parts = masked(TEXT, data[:cut], final=False) + masked(CONTINUATION, data[cut:])
        assert read(parts) == [(TEXT, text)]


@pytest.mark.parametrize("size", [0, 100, 126, 65_536])
def test_a_message_may_be_as_large_as_the_limit_but_no_larger(size: int) -> None:
    assert read(masked(BINARY, b"x" * size), size) == [(BINARY, b"x" * size)]
    assert refused(masked(BINARY, b"x" * (size + 1)), size) == TOO_BIG


def test_a_message_over_the_limit_is_refused_by_its_header() -> None:
    assert refused(pack("!BBQ", 0x82, 0xFF, 65_536), 100) == TOO_BIG
    assert refused(pack("!BBQ", 0x82, 0xFF, (1 << 63) - 1)) == TOO_BIG
    assert refused(pack("!BBH", 0x81, 0xFE, 300), 100) == TOO_BIG


def test_the_limit_applies_to_all_fragments_together() -> None:
    parts = masked(BINARY, b"x" * 60, final=False) + masked(CONTINUATION, b"x" * 40, final=False)
    assert read(parts + masked(CONTINUATION, b""), 100) == [(BINARY, b"x" * 100)]
    assert read(parts + masked(PING, b"x" * 125), 100) == [(PING, b"x" * 125)]
    assert refused(parts + masked(CONTINUATION, b"x"), 100) == TOO_BIG


HEADER = 6
"""Bytes of the header of a short frame."""


@pytest.mark.parametrize(
    ("payload", "wrong"),
    [
        (b"\xff" + b"x" * 50, 1),
        (b"ab\xc0" + b"x" * 50, 3),
        (b"\xe2\x28" + b"x" * 50, 2),
        (b"\xed\xa0" + b"x" * 50, 2),
        (b"\xf4\x90" + b"x" * 50, 2),
        ("å".encode() + b"\x80" + b"x" * 50, 3),
    ],
)
def test_text_is_validated_before_its_frame_is_complete(payload: bytes, wrong: int) -> None:
    assert faulty_at(masked(TEXT, payload)) == HEADER + wrong
    assert faulty_at(masked(TEXT, payload, final=False)) == HEADER + wrong
    first = masked(TEXT, payload[:1], final=False)
    if wrong > 1:
        later = masked(PING, b"hej") + masked(CONTINUATION, payload[1:])
        assert faulty_at(first + later) == len(first) + HEADER + 3 + HEADER + wrong - 1


def test_an_incomplete_character_is_refused_with_the_last_byte() -> None:
    assert faulty_at(masked(TEXT, b"abc\xc3")) == HEADER + 4
    parts = masked(TEXT, b"abc\xc3", final=False)
    assert faulty_at(parts + masked(CONTINUATION, b"")) == len(parts) + HEADER
