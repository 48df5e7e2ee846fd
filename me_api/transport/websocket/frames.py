"""WebSocket frames, RFC 6455 section 5: their opcodes, how a server writes and unmasks them."""

from __future__ import annotations

from struct import pack

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

NORMAL, GOING_AWAY, PROTOCOL_ERROR, BAD_TEXT, POLICY, TOO_BIG = 1000, 1001, 1002, 1007, 1008, 1009
TRY_AGAIN = 1013
"""Close codes, section 7.4.1, and one that was registered later."""


class FrameError(Exception):
    """The client broke the protocol; `code` is what its connection is closed with."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def frame(opcode: int, payload: bytes) -> bytes:
    """Write a whole message in one unmasked frame."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65536:
        return pack("!BBH", 0x80 | opcode, 126, size) + payload
    return pack("!BBQ", 0x80 | opcode, 127, size) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """Write a close frame; a reason holds at most 123 bytes."""
    return frame(CLOSE, pack("!H", code) + reason.encode())


def unmask(mask: bytes, payload: bytes) -> bytes:
    """Apply the mask, section 5.3; as one large number, for a loop over bytes would be slow."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(
        size, "little"
    )
