"""Encoding and unmasking frames (RFC 6455, section 5)."""

from random import Random
from struct import pack

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from me_api.transport.websocket.frame_parser import FrameParser
from me_api.transport.websocket.frames import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    TRANSLATE_FROM,
    frame,
    unmask,
)

SIZES = [0, 1, 3, 4, 5, 124, 125, 126, 127, 65_535, 65_536, 70_001]


@pytest.mark.parametrize("size", SIZES)
def test_a_frame_is_final_and_unmasked_with_its_length_in_the_shortest_form(size: int) -> None:
    written = frame(TEXT, b"x" * size)
    if size < 126:
        head = pack("!BB", 0x81, size)
    elif size < 65_536:
        head = pack("!BBH", 0x81, 126, size)
    else:
        head = pack("!BBQ", 0x81, 127, size)
    assert written == head + b"x" * size


@pytest.mark.parametrize("opcode", [TEXT, BINARY, CLOSE, PING, PONG])
def test_a_frame_has_its_opcode(opcode: int) -> None:
    assert frame(opcode, b"ab") == bytes([0x80 | opcode, 2]) + b"ab"


masks = st.binary(min_size=4, max_size=4)
sizes = st.one_of(
    st.integers(0, 20),
    st.integers(TRANSLATE_FROM - 5, TRANSLATE_FROM + 5),
    st.integers(0, 3 * TRANSLATE_FROM),
)


def definition(mask: bytes, payload: bytes) -> bytes:
    """Return the payload, unmasked as section 5.3 defines it."""
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


@given(mask=masks, size=sizes, seed=st.integers())
@example(mask=b"\x00\x00\x00\x00", size=TRANSLATE_FROM, seed=0)
@example(mask=b"\xff\x00\x01\x80", size=65_536, seed=0)
@settings(max_examples=500)
def test_a_payload_is_unmasked_as_defined(mask: bytes, size: int, seed: int) -> None:
    payload = Random(seed).randbytes(size)
    assert unmask(mask, payload) == definition(mask, payload)


@given(mask=masks, size=sizes, seed=st.integers(), data=st.data())
@settings(max_examples=200)
def test_the_mask_continues_wherever_a_payload_is_split(
    mask: bytes, size: int, seed: int, data: st.DataObject
) -> None:
    payload = Random(seed).randbytes(size)
    header = pack("!BB", 0x82, 0x80 | size) if size < 126 else pack("!BBH", 0x82, 0xFE, size)
    cuts = sorted(data.draw(st.lists(st.integers(0, size), max_size=6)))
    parser, events = FrameParser(size), []
    parser.receive_data(header + mask, events)
    for start, end in zip([0, *cuts], [*cuts, size], strict=True):
        parser.receive_data(payload[start:end], events)
    assert events == [(BINARY, definition(mask, payload))]
