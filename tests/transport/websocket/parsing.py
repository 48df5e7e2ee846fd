"""Parsing frames in one piece and byte by byte, and what is raised of them."""

import pytest

from me_api.transport.websocket.frame_parser import FrameParser, Received
from me_api.transport.websocket.frames import (
    FrameError,
)
from tests.support.frames import frame as client_frame

BIG = 1_000_000
MASK = b"\x01\xfe\x7f\x80"


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
