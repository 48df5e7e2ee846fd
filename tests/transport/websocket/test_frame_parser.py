"""RFC 6455, section 5, rule by rule: what is accepted, what is refused and with which code."""

import tracemalloc
from struct import pack

import pytest

from me_api.transport.websocket import frames
from me_api.transport.websocket.frame_parser import FrameParser, Received
from me_api.transport.websocket.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    INVALID_DATA,
    PING,
    PONG,
    PROTOCOL_ERROR,
    TEXT,
    TOO_BIG,
    FrameError,
)
from tests.support.frames import frame as client_frame

BIG = 1_000_000
MASK = b"\x01\xfe\x7f\x80"
SIZES = [0, 1, 3, 4, 5, 124, 125, 126, 127, 65_535, 65_536, 70_001]


def masked(opcode: int, payload: bytes, *, final: bool = True, mask: bytes = MASK) -> bytes:
    return client_frame(opcode, payload, final=final, mask=mask)


def read(data: bytes, size: int = BIG) -> list[Received]:
    """Parse data at once, and byte by byte if it is short; return the events, which are equal."""
    events: list[Received] = []
    FrameParser(size).receive_data(data, events)
    again: list[Received] = []
    parser = FrameParser(size)
    if len(data) < 1000:
        for position in range(len(data)):
            parser.receive_data(data[position : position + 1], again)
        assert again == events
    return events


def refused(data: bytes, size: int = BIG) -> int:
    """Return the close code, which is the same however the bytes are split."""
    for step in (len(data), 1) if len(data) < 1000 else (len(data),):
        parser, events = FrameParser(size), []
        with pytest.raises(FrameError) as caught:
            for position in range(0, len(data), step):
                parser.receive_data(data[position : position + step], events)
    return caught.value.code


def faulty_at(data: bytes, size: int = BIG) -> int:
    """Return the number of bytes after which an error is raised."""
    parser, events = FrameParser(size), []
    for position in range(len(data)):
        try:
            parser.receive_data(data[position : position + 1], events)
        except FrameError:
            return position + 1
    raise AssertionError("no error was raised")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_message_of_any_length_is_accepted(opcode: int, size: int) -> None:
    payload = bytes(n % 127 for n in range(size))
    expected = payload.decode() if opcode == TEXT else payload
    assert read(masked(opcode, payload)) == [(opcode, expected)]


@pytest.mark.parametrize("mask", [b"\0\0\0\0", b"\xff\xff\xff\xff", MASK])
def test_each_byte_is_unmasked_with_its_byte_of_the_mask(mask: bytes) -> None:
    payload = bytes(range(256)) * 3 + b"odd"
    assert read(masked(BINARY, payload, mask=mask)) == [(BINARY, payload)]


def test_fragments_become_one_message_after_the_control_frames_between_them() -> None:
    data = masked(TEXT, b"sm\xc3", final=False) + masked(PING, b"are you there")
    data += masked(CONTINUATION, b"\xb6r", final=False) + masked(PONG, b"")
    data += masked(CONTINUATION, b"g\xc3\xa5s") + masked(BINARY, b"\xff")
    expected = [(PING, b"are you there"), (PONG, b""), (TEXT, "smörgås"), (BINARY, b"\xff")]
    assert read(data) == expected


def test_fragments_may_be_empty() -> None:
    data = masked(BINARY, b"", final=False) + masked(CONTINUATION, b"", final=False)
    assert read(data + masked(CONTINUATION, b"")) == [(BINARY, b"")]


def test_a_message_after_fragments_is_separate() -> None:
    one = masked(TEXT, b"a", final=False) + masked(CONTINUATION, b"b")
    assert read(one + masked(TEXT, b"c") + one) == [(TEXT, "ab"), (TEXT, "c"), (TEXT, "ab")]


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_a_control_frame_has_up_to_125_bytes(opcode: int) -> None:
    payload = b"\x03\xe8" + b"x" * 123
    assert read(masked(opcode, payload)) == [(opcode, payload)]
    for size in (126, 127, 65_536):
        assert refused(masked(opcode, b"x" * size)) == PROTOCOL_ERROR


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_a_control_frame_is_never_a_fragment(opcode: int) -> None:
    assert refused(masked(opcode, b"", final=False)) == PROTOCOL_ERROR


@pytest.mark.parametrize("bit", [0x40, 0x20, 0x10])
@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING])
def test_a_reserved_bit_is_refused(opcode: int, bit: int) -> None:
    data = masked(opcode, b"x")
    assert refused(bytes([data[0] | bit]) + data[1:]) == PROTOCOL_ERROR


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("final", [True, False])
def test_a_reserved_opcode_is_refused(opcode: int, final: bool) -> None:
    assert refused(masked(opcode, b"", final=final)) == PROTOCOL_ERROR


@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, PONG, CLOSE])
def test_a_frame_without_a_mask_is_refused(opcode: int) -> None:
    assert refused(frames.frame(opcode, b"abcdefgh")) == PROTOCOL_ERROR


@pytest.mark.parametrize("final", [True, False])
def test_a_continuation_without_a_message_is_refused(final: bool) -> None:
    assert refused(masked(CONTINUATION, b"x", final=final)) == PROTOCOL_ERROR
    whole = masked(TEXT, b"a", final=False) + masked(CONTINUATION, b"b")
    assert refused(whole + masked(CONTINUATION, b"x", final=final)) == PROTOCOL_ERROR


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_new_message_within_fragments_is_refused(opcode: int) -> None:
    assert refused(masked(TEXT, b"a", final=False) + masked(opcode, b"b")) == PROTOCOL_ERROR


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


def test_a_length_of_64_bits_is_never_negative() -> None:
    for length in (1 << 63, (1 << 64) - 1):
        assert refused(pack("!BBQ", 0x82, 0xFF, length)) == PROTOCOL_ERROR


@pytest.mark.parametrize("opcode", [TEXT, BINARY, CONTINUATION])
def test_a_length_must_have_its_shortest_form(opcode: int) -> None:
    before = masked(TEXT, b"", final=False) if opcode == CONTINUATION else b""
    for size in (0, 1, 125):
        assert refused(before + pack("!BBH", 0x80 | opcode, 0xFE, size)) == PROTOCOL_ERROR
    for size in (0, 125, 126, 65_535):
        assert refused(before + pack("!BBQ", 0x80 | opcode, 0xFF, size)) == PROTOCOL_ERROR


GOOD_CODES = [1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 3999, 4000, 4999]
BAD_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]


@pytest.mark.parametrize("code", GOOD_CODES)
def test_a_close_may_have_a_code_and_a_reason(code: int) -> None:
    for reason in (b"", "hej då".encode(), b"x" * 123):
        payload = code.to_bytes(2, "big") + reason
        assert read(masked(CLOSE, payload)) == [(CLOSE, payload)]
    assert read(masked(CLOSE, b"")) == [(CLOSE, b"")]


@pytest.mark.parametrize("code", BAD_CODES)
def test_a_reserved_close_code_is_refused(code: int) -> None:
    for reason in (b"", b"bye"):
        assert refused(masked(CLOSE, code.to_bytes(2, "big") + reason)) == PROTOCOL_ERROR


@pytest.mark.parametrize("byte", [b"\x00", b"\x03", b"\xff"])
def test_half_a_close_code_is_refused(byte: bytes) -> None:
    assert refused(masked(CLOSE, byte)) == PROTOCOL_ERROR


@pytest.mark.parametrize("reason", [b"\xff", b"bye\xc3", b"\xed\xa0\x80"])
def test_a_reason_must_be_utf8(reason: bytes) -> None:
    assert refused(masked(CLOSE, b"\x03\xe8" + reason)) == INVALID_DATA


@pytest.mark.parametrize("after", [masked(TEXT, b"x"), b"\xff" * 20, masked(CLOSE, b"")])
def test_what_follows_a_close_frame_is_discarded(after: bytes) -> None:
    assert read(masked(CLOSE, b"") + after) == [(CLOSE, b"")]
    within = masked(TEXT, b"a", final=False) + masked(CLOSE, b"") + masked(CONTINUATION, b"b")
    assert read(within + after) == [(CLOSE, b"")]


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


def test_events_before_an_error_are_returned() -> None:
    events: list[Received] = []
    data = masked(TEXT, b"a") + masked(PING, b"b") + b"\xff\xff"
    with pytest.raises(FrameError):
        FrameParser(BIG).receive_data(data, events)
    assert events == [(TEXT, "a"), (PING, b"b")]


def test_fragments_take_no_more_memory_than_their_payload() -> None:
    empty, small = masked(CONTINUATION, b"", final=False), masked(CONTINUATION, b"x", final=False)
    events: list[object] = []

    def receive_fragments() -> FrameParser:
        parser = FrameParser(BIG)
        parser.receive_data(masked(BINARY, b"", final=False), events)
        for _ in range(100):
            parser.receive_data(empty * 100, events)
            parser.receive_data(small * 100, events)
        return parser

    receive_fragments()  # What is made once, as by what measures coverage, is not counted.
    tracemalloc.start()
    parser = receive_fragments()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    parser.receive_data(masked(CONTINUATION, b""), events)
    assert events == [(BINARY, b"x" * 10_000)]
    assert size < 40_000
