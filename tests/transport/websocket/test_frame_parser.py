"""RFC 6455, section 5, rule by rule: what is accepted, what is refused and with which code."""

import tracemalloc
from struct import pack

import pytest

from me_api.transport.websocket import frames
from me_api.transport.websocket.frame_parser import MAX_FRAGMENTS, FrameParser, Received
from me_api.transport.websocket.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    PROTOCOL_ERROR,
    TEXT,
    FrameError,
)
from tests.transport.websocket.parsing import BIG, MASK, masked, read, refused

SIZES = [0, 1, 3, 4, 5, 124, 125, 126, 127, 65_535, 65_536, 70_001]


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
        for _ in range(40):
            parser.receive_data(empty * 50, events)
            parser.receive_data(small * 50, events)
        return parser

    for _ in range(5):
        # What is made once, as by what measures coverage after some thousand lines, is not counted.
        receive_fragments()
    tracemalloc.start()
    parser = receive_fragments()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    parser.receive_data(masked(CONTINUATION, b""), events)
    assert events == [(BINARY, b"x" * 2000)]
    assert size < 8000


@pytest.mark.parametrize(("largest", "most"), [(1024, MAX_FRAGMENTS), (2**21, 2**21 // 256)])
def test_a_message_has_at_most_so_many_fragments(largest: int, most: int) -> None:
    """F24: parsing a megabyte of fragments of a byte took half a second."""
    parser, events = FrameParser(largest), list[Received]()
    fragments = masked(CONTINUATION, b"", final=False) * (most - 1)
    for _ in range(2):
        parser.receive_data(masked(TEXT, b"x", final=False) + fragments, events)
        parser.receive_data(masked(CONTINUATION, b"y"), events)
    assert events == [(TEXT, "xy")] * 2
    parser.receive_data(masked(TEXT, b"x", final=False) + fragments, events)
    with pytest.raises(FrameError, match="too many fragments"):
        parser.receive_data(masked(CONTINUATION, b"", final=False), events)
