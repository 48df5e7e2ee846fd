"""Reading WebSocket frames, RFC 6455 section 5: messages, and what is no frame of a client."""

from __future__ import annotations

from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import MutableSequence
from struct import unpack_from

from me_api.transport.websocket.frames import (
    BAD_TEXT,
    BINARY,
    CLOSE,
    CONTINUATION,
    PONG,
    PROTOCOL_ERROR,
    TEXT,
    TOO_BIG,
    FrameError,
    unmask,
)

Received = tuple[int, str | bytes]
"""An opcode and its payload; that of a text is `str`."""

_LARGEST = 1 << 63
_CODES = {1000, 1001, 1002, 1003, *range(1007, 1015)}
"""What may stand in a close frame, beside 3000 to 4999."""
_SURROGATE = b"\xed\xa0"
"""How half of a pair of UTF-16 would begin; Python's decoder waits for its third byte."""
_Utf8 = getincrementaldecoder("utf-8")


class FrameParser:
    """Makes messages of the bytes that a client sends, however they are cut up.

    A frame is unmasked, counted and checked as its bytes come: what is wrong is found before the
    frame or its message is whole, and a large one costs no more than its size. After a close frame
    nothing is read.
    """

    __slots__ = (
        "_control",
        "_decoder",
        "_final",
        "_inside",
        "_kind",
        "_left",
        "_mask",
        "_max_size",
        "_message",
        "_opcode",
        "_rest",
        "ended",
    )

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._rest = b""  # The head of a frame, as long as it is not whole.
        self._inside = False
        self._kind = 0
        self._final = True
        self._mask = b""
        self._left = 0
        self._control = b""
        self._opcode = 0  # The message that has begun, and what is here of it.
        self._message = bytearray()
        self._decoder: IncrementalDecoder | None = None
        self.ended = False

    def receive_data(self, data: bytes, found: MutableSequence[Received]) -> None:
        """Read bytes; add the messages and control frames complete by now, in their order.

        Raises `FrameError`: what came before the fault is added, and nothing more can be read.
        """
        if self._rest:
            data, self._rest = self._rest + data, b""
        position = 0
        while not self.ended:
            if not self._inside:
                start = self._begin(data, position)
                if not start:
                    self._rest = data[position:]
                    return
                position = start
            payload = unmask(self._mask, data[position : position + self._left])
            position += len(payload)
            self._left -= len(payload)
            if self._left:
                self._keep(payload)
                return
            self._inside = False
            message = self._finish(payload)
            if message is not None:
                found.append(message)

    def _begin(self, data: bytes, position: int) -> int:
        """Read the head of a frame; give where its payload begins, 0 while it is not all there."""
        if len(data) < position + 2:
            return 0
        first, second = data[position], data[position + 1]
        kind, final, size, start = first & 0x0F, first >= 0x80, second & 0x7F, position + 6
        if first & 0x70 or second < 0x80:
            raise FrameError(PROTOCOL_ERROR, "reserved bits or no mask")
        self._check_kind(kind, final, size)
        if size >= 126:
            form, width, least = ("!H", 2, 126) if size == 126 else ("!Q", 8, 65536)
            if len(data) < position + 2 + width:
                return 0
            (size,) = unpack_from(form, data, position + 2)
            if not least <= size < _LARGEST:
                raise FrameError(PROTOCOL_ERROR, "length not in its shortest form, or negative")
            start += width
        if kind < CLOSE and len(self._message) + size > self._max_size:
            raise FrameError(TOO_BIG, f"more than {self._max_size} bytes")
        if len(data) < start:
            return 0
        self._inside, self._kind, self._final = True, kind, final
        self._mask, self._left = data[start - 4 : start], size
        if kind in (TEXT, BINARY):
            self._opcode = kind
        return start

    def _check_kind(self, kind: int, final: bool, size: int) -> None:
        if kind >= CLOSE:
            if kind > PONG or not final or size > 125:
                raise FrameError(PROTOCOL_ERROR, "bad control frame")
        elif kind > BINARY or (kind == CONTINUATION) != bool(self._opcode):
            raise FrameError(PROTOCOL_ERROR, "bad opcode, or fragments out of order")

    def _keep(self, payload: bytes) -> None:
        """Keep the part of a frame that is here; the mask goes on where it ends."""
        cut = len(payload) % 4
        self._mask = self._mask[cut:] + self._mask[:cut]
        if self._kind >= CLOSE:
            self._control += payload
        else:
            self._add(payload, last=False)

    def _finish(self, payload: bytes) -> Received | None:
        """Take the rest of a frame; give the message when this completes one."""
        if self._kind >= CLOSE:
            payload, self._control = self._control + payload, b""
            if self._kind == CLOSE:
                _check_close(payload)
                self.ended = True
            return self._kind, payload
        opcode = self._opcode
        if self._message or not self._final:
            self._add(payload, last=self._final)
        if not self._final:
            return None
        self._opcode = 0
        if not self._message:
            return opcode, _text(payload) if opcode == TEXT else payload
        whole, self._message = self._message, bytearray()
        return opcode, whole.decode() if opcode == TEXT else bytes(whole)

    def _add(self, payload: bytes, *, last: bool) -> None:
        """Add to the message; text is checked as it comes, also within a character."""
        self._message += payload
        if self._opcode != TEXT:
            return
        decoder = self._decoder or _Utf8()
        self._decoder = None if last else decoder
        try:
            decoder.decode(payload, last)
        except UnicodeDecodeError:
            raise _not_utf8() from None
        if _SURROGATE <= decoder.getstate()[0] < b"\xee":
            raise _not_utf8()


def _check_close(payload: bytes) -> None:
    """Check what a close frame says, sections 5.5.1 and 7.4."""
    if not payload:
        return
    code = int.from_bytes(payload[:2], "big") if len(payload) > 1 else 0
    if not (code in _CODES or 3000 <= code < 5000):
        raise FrameError(PROTOCOL_ERROR, "bad close code")
    _text(payload[2:])


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise _not_utf8() from None


def _not_utf8() -> FrameError:
    return FrameError(BAD_TEXT, "text is not UTF-8")
