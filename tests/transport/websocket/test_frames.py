"""RFC 6455, section 5: what is written."""

from struct import pack

import pytest

from me_api.transport.websocket.frames import BINARY, CLOSE, PING, PONG, TEXT, frame

SIZES = [0, 1, 3, 4, 5, 124, 125, 126, 127, 65_535, 65_536, 70_001]


@pytest.fixture(autouse=True)
def nothing_unexpected() -> None:
    """Need no server."""


@pytest.mark.parametrize("size", SIZES)
def test_what_is_written_is_final_unmasked_and_of_the_shortest_form(size: int) -> None:
    written = frame(TEXT, b"x" * size)
    if size < 126:
        head = pack("!BB", 0x81, size)
    elif size < 65_536:
        head = pack("!BBH", 0x81, 126, size)
    else:
        head = pack("!BBQ", 0x81, 127, size)
    assert written == head + b"x" * size


@pytest.mark.parametrize("opcode", [TEXT, BINARY, CLOSE, PING, PONG])
def test_each_kind_is_written_as_itself(opcode: int) -> None:
    assert frame(opcode, b"ab") == bytes([0x80 | opcode, 2]) + b"ab"
