"""RFC 6455, sections 5.5.1 and 7.4: codes and reasons in Close frames, and what follows them."""

import pytest

from me_api.transport.websocket.frames import (
    CLOSE,
    CONTINUATION,
    INVALID_DATA,
    PROTOCOL_ERROR,
    TEXT,
)
from tests.transport.websocket.parsing import masked, read, refused

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
