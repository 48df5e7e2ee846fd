"""An incremental parser for the frames of a WebSocket client (RFC 6455, section 5)."""

from __future__ import annotations

from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import MutableSequence
from struct import unpack_from
from sys import maxsize

from me_api.transport.websocket.frames import (
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
from me_api.transport.websocket.payloads import check_close, decode, not_utf8

Received = tuple[int, str | bytes]
"""The opcode and the payload of a message or control frame; the payload of a text is `str`."""

MAX_FRAGMENTS = 4096
"""Fragments of a message, whatever its size: parsing one of a byte takes as long as 5 KB of it."""
FRAGMENT_BYTES = 256
"""The largest message may also have one for each so many bytes."""
_LENGTH_LIMIT = 1 << 63
_SURROGATE = b"\xed\xa0"
_from_bytes = int.from_bytes
_Utf8Decoder = getincrementaldecoder("utf-8")


class FrameParser:
    """Parses the bytes that a client sends into messages, wherever the network has split them.

    Bytes are unmasked and validated as they arrive: an error is raised before the frame or message
    is complete. Whatever follows a Close frame is discarded.
    """

    __slots__ = (
        "_control",
        "_decoder",
        "_final",
        "_fragments",
        "_frame_opcode",
        "_header",
        "_in_payload",
        "_mask",
        "_max_size",
        "_message",
        "_message_opcode",
        "_remaining",
        "close_received",
    )

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._header = b""  # Of the next frame, while it is incomplete.
        self._in_payload = False
        self._frame_opcode = 0
        self._final = True
        self._mask = b""
        self._remaining = 0
        # Control frames have a buffer of their own: they may be sent within a message (5.4).
        self._control = b""
        self._fragments = 0  # Of the message that has begun, without the last.
        self._message_opcode = 0  # Zero while no message has begun.
        self._message = bytearray()
        self._decoder: IncrementalDecoder | None = None
        self.close_received = False

    @property
    def buffered(self) -> int:
        """The bytes of an incomplete message."""
        return len(self._message)

    def discard(self) -> None:
        """Free the memory of an incomplete message. The parser must not be used again."""
        self._message = bytearray()

    def receive_data(
        self, data: bytes, events: MutableSequence[Received], most: int = maxsize
    ) -> bool:
        """Parse bytes; append the messages and control frames that they complete to `events`.

        Returns True if it has stopped because there are as many events as `most`, or after as many
        frames: the rest is parsed when this is called again, with more bytes or none. Raises
        `FrameError` if the client violates the protocol. What preceded the violation has been
        appended; the parser must not be used again.
        """
        if self._header:
            data, self._header = self._header + data, b""
        position = frames = 0
        while not self.close_received:
            if not self._in_payload:
                if not (self._message_opcode or frames):
                    position = self._parse_short(data, position, events, most)
                # A message may have many fragments.
                is_full = frames >= most or len(events) >= most
                frames += 1
                start = 0 if is_full else self._parse_header(data, position)
                if not start:
                    self._header = data[position:]
                    return is_full and bool(self._header)
                position = start
            payload = unmask(self._mask, data[position : position + self._remaining])
            position += len(payload)
            self._remaining -= len(payload)
            if self._remaining:
                self._add_part(payload)
                return False
            self._in_payload = False
            message = self._end_frame(payload)
            if message is not None:
                events.append(message)
        return False

    def _parse_short(
        self, data: bytes, position: int, events: MutableSequence[Received], most: int
    ) -> int:
        """Parse short texts that are messages of one frame; return where anything else begins."""
        # Nearly all that clients send. Frame by frame, each would cost six calls more.
        end, longest = len(data), min(125, self._max_size)
        while position + 6 <= end and data[position] == 0x80 | TEXT and len(events) < most:
            size, start = data[position + 1] - 0x80, position + 6
            if not 0 <= size <= longest or start + size > end:
                break
            key = (data[position + 2 : start] * (size // 4 + 1))[:size]
            position = start + size
            payload = _from_bytes(data[start:position]) ^ _from_bytes(key)
            events.append((TEXT, decode(payload.to_bytes(size))))
        return position

    def _parse_header(self, data: bytes, position: int) -> int:
        """Return where the payload starts, or 0 if the header is incomplete (section 5.2)."""
        if len(data) < position + 2:
            return 0
        first, second = data[position], data[position + 1]
        opcode, final, size, start = first & 0x0F, first >= 0x80, second & 0x7F, position + 6
        if first & 0x70 or second < 0x80:
            raise FrameError(PROTOCOL_ERROR, "reserved bits or no mask")
        # Each check comes as soon as its bytes are here, not when the header is complete.
        self._check_opcode(opcode, final, size)
        if size >= 126:
            form, width, least = ("!H", 2, 126) if size == 126 else ("!Q", 8, 65536)
            if len(data) < position + 2 + width:
                return 0
            (size,) = unpack_from(form, data, position + 2)
            if not least <= size < _LENGTH_LIMIT:
                raise FrameError(PROTOCOL_ERROR, "length not in its shortest form, or negative")
            start += width
        # Control frames are limited to 125 bytes and do not count towards the message.
        if opcode < CLOSE and len(self._message) + size > self._max_size:
            raise FrameError(TOO_BIG, f"more than {self._max_size} bytes")
        if len(data) < start:
            return 0
        self._in_payload, self._frame_opcode, self._final = True, opcode, final
        self._mask, self._remaining = data[start - 4 : start], size
        if opcode in (TEXT, BINARY):
            self._message_opcode = opcode
        return start

    def _check_opcode(self, opcode: int, final: bool, size: int) -> None:
        """Raise for a reserved opcode, a bad control frame (5.5) or bad fragmentation (5.4)."""
        if opcode >= CLOSE:
            if opcode > PONG or not final or size > 125:
                raise FrameError(PROTOCOL_ERROR, "bad control frame")
        elif opcode > BINARY or (opcode == CONTINUATION) != bool(self._message_opcode):
            raise FrameError(PROTOCOL_ERROR, "bad opcode, or fragments out of order")

    def _add_part(self, payload: bytes) -> None:
        """Buffer the part of a frame's payload that has arrived; the rest is yet to come."""
        # Rotated, so that the mask continues where this part of the payload ends.
        offset = len(payload) % 4
        self._mask = self._mask[offset:] + self._mask[:offset]
        if self._frame_opcode >= CLOSE:
            self._control += payload
        else:
            self._append(payload, last=False)

    def _end_frame(self, payload: bytes) -> Received | None:
        """Process the last part of a frame's payload; return the message if it is complete."""
        if self._frame_opcode >= CLOSE:
            payload, self._control = self._control + payload, b""
            if self._frame_opcode == CLOSE:
                check_close(payload)
                self.close_received = True
            return self._frame_opcode, payload
        opcode = self._message_opcode
        if self._message or not self._final:
            self._append(payload, last=self._final)
        if not self._final:
            self._fragments += 1
            if self._fragments > max(MAX_FRAGMENTS, self._max_size // FRAGMENT_BYTES):
                raise FrameError(TOO_BIG, "too many fragments")
            return None
        self._message_opcode = self._fragments = 0
        # The common case: a frame that arrived whole and is a message. It was never buffered.
        if not self._message:
            return opcode, decode(payload) if opcode == TEXT else payload
        message, self._message = self._message, bytearray()
        return opcode, message.decode() if opcode == TEXT else bytes(message)

    def _append(self, payload: bytes, *, last: bool) -> None:
        """Append to the message. Text is validated at once, even if it ends within a character."""
        self._message += payload
        if self._message_opcode != TEXT:
            return
        decoder = self._decoder or _Utf8Decoder()
        self._decoder = None if last else decoder
        try:
            decoder.decode(payload, last)
        except UnicodeDecodeError:
            raise not_utf8() from None
        # Surrogates, ED A0 80 to ED BF BF, are invalid (RFC 3629, section 3), but Python's decoder
        # rejects them only with the third byte. Its state is the incomplete character.
        if _SURROGATE <= decoder.getstate()[0] < b"\xee":
            raise not_utf8()
