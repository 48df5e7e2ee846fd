"""WebSocket frames, RFC 6455 section 5: what a server reads and writes."""

from __future__ import annotations

from struct import pack, unpack_from

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

PROTOCOL_ERROR, BAD_TEXT, TOO_BIG = 1002, 1007, 1009
"""Close codes, section 7.4.1."""


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


class FrameReader:
    """Makes messages of the bytes that a client sends, however they are cut up."""

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._rest = b""
        self._opcode = 0
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[tuple[int, str | bytes]]:
        """Read bytes; give the messages and control frames complete by now, in their order.

        Text comes as `str`. Raises `FrameError`; then nothing more can be read.
        """
        if self._rest:
            data = self._rest + data
        found: list[tuple[int, str | bytes]] = []
        position = 0
        while (span := self._measure(data, position)) is not None:
            start, end, opcode, final = span
            message = self._take(opcode, final, _unmask(data[start - 4 : start], data[start:end]))
            if message is not None:
                found.append(message)
            position = end
        self._rest = data[position:]
        return found

    def _measure(self, data: bytes, position: int) -> tuple[int, int, int, bool] | None:
        """Find where the payload of the frame at a position is; None while it is not all there."""
        if len(data) < position + 2:
            return None
        first, second = data[position], data[position + 1]
        opcode, size, start = first & 0x0F, second & 0x7F, position + 6
        if first & 0x70 or not second & 0x80:
            raise FrameError(PROTOCOL_ERROR, "reserved bits or no mask")
        self._check_opcode(opcode, bool(first & 0x80), size)
        if size >= 126:
            form, width = ("!H", 2) if size == 126 else ("!Q", 8)
            if len(data) < position + 2 + width:
                return None
            (size,) = unpack_from(form, data, position + 2)
            start += width
        if opcode < CLOSE and self._size + size > self._max_size:
            raise FrameError(TOO_BIG, "message too big")
        end = start + size
        return (start, end, opcode, bool(first & 0x80)) if len(data) >= end else None

    def _check_opcode(self, opcode: int, final: bool, size: int) -> None:
        if opcode >= CLOSE:
            if opcode > PONG or not final or size > 125:
                raise FrameError(PROTOCOL_ERROR, "bad control frame")
        elif opcode > BINARY or (opcode == CONTINUATION) != bool(self._opcode):
            raise FrameError(PROTOCOL_ERROR, "bad opcode, or fragments out of order")

    def _take(self, opcode: int, final: bool, payload: bytes) -> tuple[int, str | bytes] | None:
        """Take in a frame; give the message when this completes one."""
        if opcode >= CLOSE:
            return opcode, payload
        if final and not self._opcode:
            return opcode, _text(payload) if opcode == TEXT else payload
        return self._add_fragment(opcode, final, payload)

    def _add_fragment(
        self, opcode: int, final: bool, payload: bytes
    ) -> tuple[int, str | bytes] | None:
        self._opcode = self._opcode or opcode
        self._parts.append(payload)
        self._size += len(payload)
        if not final:
            return None
        whole, kind = b"".join(self._parts), self._opcode
        self._opcode, self._size, self._parts = 0, 0, []
        return kind, _text(whole) if kind == TEXT else whole


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise FrameError(BAD_TEXT, "text is not UTF-8") from None


def _unmask(mask: bytes, payload: bytes) -> bytes:
    """Apply the mask, section 5.3; as one large number, for a loop over bytes would be slow."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(
        size, "little"
    )
