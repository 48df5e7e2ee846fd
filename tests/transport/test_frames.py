"""RFC 6455, section 5, rule by rule: what is read, what is refused, and with which code."""

from struct import pack

import pytest

from me_api.transport import frames
from me_api.transport.frames import (
    BAD_TEXT,
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    PROTOCOL_ERROR,
    TEXT,
    TOO_BIG,
    FrameError,
    FrameReader,
)
from tests.support.frames import frame as client_frame

BIG = 1_000_000
MASK = b"\x01\xfe\x7f\x80"
SIZES = [0, 1, 3, 4, 5, 124, 125, 126, 127, 65_535, 65_536, 70_001]


@pytest.fixture(autouse=True)
def nothing_unexpected() -> None:
    """Need no server."""


def masked(opcode: int, payload: bytes, *, final: bool = True, mask: bytes = MASK) -> bytes:
    return client_frame(opcode, payload, final=final, mask=mask)


def read(data: bytes, size: int = BIG) -> list[tuple[int, str | bytes]]:
    return FrameReader(size).feed(data)


def refused(data: bytes, size: int = BIG) -> int:
    with pytest.raises(FrameError) as caught:
        read(data, size)
    return caught.value.code


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_message_of_any_length_is_read(opcode: int, size: int) -> None:
    payload = bytes(n % 127 for n in range(size))
    expected = payload.decode() if opcode == TEXT else payload
    assert read(masked(opcode, payload)) == [(opcode, expected)]


@pytest.mark.parametrize("size", SIZES)
def test_what_is_written_is_final_unmasked_and_of_the_shortest_form(size: int) -> None:
    written = frames.frame(TEXT, b"x" * size)
    if size < 126:
        head = pack("!BB", 0x81, size)
    elif size < 65_536:
        head = pack("!BBH", 0x81, 126, size)
    else:
        head = pack("!BBQ", 0x81, 127, size)
    assert written == head + b"x" * size


@pytest.mark.parametrize("opcode", [TEXT, BINARY, CLOSE, PING, PONG])
def test_each_kind_is_written_as_itself(opcode: int) -> None:
    assert frames.frame(opcode, b"ab") == bytes([0x80 | opcode, 2]) + b"ab"


@pytest.mark.parametrize("mask", [b"\0\0\0\0", b"\xff\xff\xff\xff", MASK])
def test_each_byte_is_unmasked_with_its_own(mask: bytes) -> None:
    payload = bytes(range(256)) * 3 + b"odd"
    assert read(masked(BINARY, payload, mask=mask)) == [(BINARY, payload)]


def test_fragments_become_one_message_and_control_frames_between_come_first() -> None:
    data = masked(TEXT, b"sm\xc3", final=False) + masked(PING, b"are you there")
    data += masked(CONTINUATION, b"\xb6r", final=False) + masked(PONG, b"")
    data += masked(CONTINUATION, b"g\xc3\xa5s") + masked(BINARY, b"\xff")
    expected = [(PING, b"are you there"), (PONG, b""), (TEXT, "smörgås"), (BINARY, b"\xff")]
    assert read(data) == expected


def test_fragments_may_be_empty() -> None:
    data = masked(BINARY, b"", final=False) + masked(CONTINUATION, b"", final=False)
    assert read(data + masked(CONTINUATION, b"")) == [(BINARY, b"")]


def test_after_fragments_the_next_message_stands_alone() -> None:
    one = masked(TEXT, b"a", final=False) + masked(CONTINUATION, b"b")
    assert read(one + masked(TEXT, b"c") + one) == [(TEXT, "ab"), (TEXT, "c"), (TEXT, "ab")]


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_a_control_frame_holds_up_to_125_bytes(opcode: int) -> None:
    assert read(masked(opcode, b"x" * 125)) == [(opcode, b"x" * 125)]
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
def test_a_continuation_of_nothing_is_refused(final: bool) -> None:
    assert refused(masked(CONTINUATION, b"x", final=final)) == PROTOCOL_ERROR
    whole = masked(TEXT, b"a", final=False) + masked(CONTINUATION, b"b")
    assert refused(whole + masked(CONTINUATION, b"x", final=final)) == PROTOCOL_ERROR


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_new_message_within_fragments_is_refused(opcode: int) -> None:
    assert refused(masked(TEXT, b"a", final=False) + masked(opcode, b"b")) == PROTOCOL_ERROR


NOT_UTF8 = [b"\xff", b"abc\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\x80"]


@pytest.mark.parametrize("payload", NOT_UTF8)
def test_text_that_is_not_utf8_is_refused_wherever_it_is_cut(payload: bytes) -> None:
    assert refused(masked(TEXT, payload)) == BAD_TEXT
    for cut in range(len(payload) + 1):
        parts = masked(TEXT, payload[:cut], final=False) + masked(CONTINUATION, payload[cut:])
        assert refused(parts) == BAD_TEXT
    assert read(masked(BINARY, payload)) == [(BINARY, payload)]


def test_a_character_may_be_cut_by_fragments() -> None:
    text = "å😀"
    data = text.encode()
    for cut in range(len(data) + 1):
        parts = masked(TEXT, data[:cut], final=False) + masked(CONTINUATION, data[cut:])
        assert read(parts) == [(TEXT, text)]


@pytest.mark.parametrize("size", [0, 100, 126, 65_536])
def test_a_message_may_be_as_big_as_the_bound_and_no_bigger(size: int) -> None:
    assert read(masked(BINARY, b"x" * size), size) == [(BINARY, b"x" * size)]
    assert refused(masked(BINARY, b"x" * (size + 1)), size) == TOO_BIG


def test_what_is_too_big_is_refused_by_its_head_alone() -> None:
    assert refused(pack("!BBQ", 0x82, 0xFF, 101), 100) == TOO_BIG
    assert refused(pack("!BBQ", 0x82, 0xFF, 1 << 63)) == TOO_BIG
    assert refused(pack("!BBH", 0x81, 0xFE, 300), 100) == TOO_BIG


def test_fragments_are_bounded_together() -> None:
    parts = masked(BINARY, b"x" * 60, final=False) + masked(CONTINUATION, b"x" * 40, final=False)
    assert read(parts + masked(CONTINUATION, b""), 100) == [(BINARY, b"x" * 100)]
    assert read(parts + masked(PING, b"x" * 125), 100) == [(PING, b"x" * 125)]
    assert refused(parts + masked(CONTINUATION, b"x"), 100) == TOO_BIG
