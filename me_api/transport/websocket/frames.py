"""WebSocket frames (RFC 6455, section 5): opcodes, close codes, encoding and unmasking."""

from __future__ import annotations

from struct import pack

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
"""Opcodes, section 5.2."""

NORMAL, GOING_AWAY, PROTOCOL_ERROR, INVALID_DATA = 1000, 1001, 1002, 1007
POLICY, TOO_BIG, TRY_AGAIN = 1008, 1009, 1013
"""Close codes, section 7.4.1; 1013 was registered with IANA later."""

TRANSLATE_FROM = 768
"""Bytes of payload from which translation tables unmask faster than an integer does."""

_from_bytes = int.from_bytes


class FrameError(Exception):
    """The client violated the protocol; the connection is to be closed with `code`."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def frame(opcode: int, payload: bytes) -> bytes:
    """Encode a whole message as one unmasked frame (section 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65536:
        return pack("!BBH", 0x80 | opcode, 126, size) + payload
    return pack("!BBQ", 0x80 | opcode, 127, size) + payload


def frame_end(data: bytes, begin: int) -> int:
    """Return where the frame ends that `frame` has encoded and that begins at an offset."""
    size, head = data[begin + 1], 2
    if size >= 126:
        head = 4 if size == 126 else 10
        size = int.from_bytes(data[begin + 2 : begin + head])
    return begin + head + size


def close_frame(code: int, reason: str = "") -> bytes:
    """Encode a Close frame (section 5.5.1). A reason may be up to 123 bytes of UTF-8."""
    return frame(CLOSE, pack("!H", code) + reason.encode())


def unmask(mask: bytes, payload: bytes) -> bytes:
    """Return the payload XORed with its four-byte mask, repeated (section 5.3)."""
    # A loop over the bytes would be twenty to fifty times slower than either way.
    size = len(payload)
    if size < TRANSLATE_FROM:
        key = (mask * (size // 4 + 1))[:size]
        return (_from_bytes(payload) ^ _from_bytes(key)).to_bytes(size)
    # Bytes at the same offset modulo four share one byte of the mask, so one table.
    data = bytearray(payload)
    for offset, byte in enumerate(mask):
        data[offset::4] = data[offset::4].translate(_XOR_TABLES[byte])
    return bytes(data)


# Row n maps each byte b to b ^ n.
_XOR_TABLES = [unmask(bytes([byte] * 4), bytes(range(256))) for byte in range(256)]
