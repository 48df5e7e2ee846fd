"""What may be in the payloads of texts and of Close frames (RFC 6455)."""

from __future__ import annotations

from me_api.transport.websocket.frames import INVALID_DATA, PROTOCOL_ERROR, FrameError

_CLOSE_CODES = {1000, 1001, 1002, 1003, *range(1007, 1015)}
"""Valid in a Close frame, together with 3000 to 4999 (section 7.4)."""


def check_close(payload: bytes) -> None:
    """Raise `FrameError` for a bad code or reason of a Close frame (sections 5.5.1 and 7.4)."""
    if not payload:
        return
    # A single byte is no code; it fails like the code 0.
    code = int.from_bytes(payload[:2], "big") if len(payload) > 1 else 0
    if not (code in _CLOSE_CODES or 3000 <= code < 5000):
        raise FrameError(PROTOCOL_ERROR, "bad close code")
    decode(payload[2:])


def decode(payload: bytes) -> str:
    """Return the text in a payload; raise `FrameError` if it is not UTF-8."""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise not_utf8() from None


def not_utf8() -> FrameError:
    """Return the error for a text that is not UTF-8."""
    return FrameError(INVALID_DATA, "text is not UTF-8")
