"""Wherever the network splits a client's bytes, the messages are the same."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from me_api.transport.websocket import frames
from me_api.transport.websocket.frame_parser import FrameParser
from me_api.transport.websocket.frames import (
    BINARY,
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


masks = st.binary(min_size=4, max_size=4)


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[tuple[int, str | bytes]]]:
    """Generate the bytes of a client, and the events that a parser should return."""
    data, expected = b"", []
    for _ in range(draw(st.integers(1, 4))):
        opcode = draw(st.sampled_from([TEXT, BINARY]))
        text = draw(st.text(alphabet="aåø😀", max_size=12)) * draw(st.sampled_from([1, 1, 1, 30]))
        cuts = sorted(draw(st.lists(st.integers(0, len(text.encode())), max_size=3)))
        edges = [0, *cuts, len(text.encode())]
        for number, (start, end) in enumerate(pairwise(edges)):
            part = text.encode()[start:end]
            kind = CONTINUATION if number else opcode
            data += client_frame(kind, part, final=number == len(cuts), mask=draw(masks))
            if number < len(cuts) and draw(st.booleans()):
                control, body = draw(st.sampled_from([PING, PONG])), draw(st.binary(max_size=125))
                data += client_frame(control, body, mask=draw(masks))
                expected.append((control, body))
        expected.append((opcode, text if opcode == TEXT else text.encode()))
    return data, expected


@given(streams(), st.data())
@settings(max_examples=150)
def test_however_the_bytes_are_split_the_messages_are_the_same(stream, data) -> None:
    sent, expected = stream
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=8)))
    parser, events = FrameParser(BIG), []
    for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        parser.receive_data(sent[start:end], events)
    assert events == expected
    parser, events = FrameParser(BIG), []
    for position in range(len(sent)):
        parser.receive_data(sent[position : position + 1], events)
    assert events == expected


INVALID = [
    (client_frame(CONTINUATION, b"x"), PROTOCOL_ERROR),
    (frames.frame(TEXT, b"x"), PROTOCOL_ERROR),
    (client_frame(PING, b"x" * 126), PROTOCOL_ERROR),
    (client_frame(TEXT, b"\xff"), INVALID_DATA),
    (client_frame(BINARY, b"x" * (BIG + 1)), TOO_BIG),
]


@pytest.mark.parametrize(("data", "code"), INVALID, ids=range(len(INVALID)))
def test_an_invalid_frame_is_refused_byte_by_byte_too(data: bytes, code: int) -> None:
    parser, events = FrameParser(BIG), []
    with pytest.raises(FrameError) as caught:
        for position in range(min(len(data), 200)):
            parser.receive_data(data[position : position + 1], events)
    assert caught.value.code == code
