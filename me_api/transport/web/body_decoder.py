"""Decoding a request's body from the bytes that follow its head, without I/O."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from math import inf

from me_api.errors import ContentTooLarge
from me_api.transport.web.body_length import bad_framing
from me_api.transport.web.request_head import MAX_HEAD

MAX_LINE = 256
"""Bytes of the line before a chunk."""
MAX_CHUNKS = 4096
"""Chunks of a body. One of a byte takes as long to decode as 10 KB to receive."""

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;[\t\x20-\x7e\x80-\xff]*+)?\r\n")
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]++:[\t\x20-\x7e\x80-\xff]*+\r\n")


class BodyDecoder(ABC):
    """Takes bytes from the connection until the body is `complete`."""

    complete = False

    @property
    @abstractmethod
    def remaining(self) -> float:
        """The bytes of the body that are still to come; infinite if that is not known."""

    @abstractmethod
    def decode(self, data: bytes) -> tuple[bytes, bytes]:
        """Return content, and the bytes that are left.

        What is left is to be passed again with the bytes that follow; of a complete body, it is
        the next request. Raises `BadRequest` if the body is malformed.
        """


class LengthDecoder(BodyDecoder):
    """Decodes a body of known length."""

    def __init__(self, length: int) -> None:
        self._remaining = length
        self.complete = not length

    @property
    def remaining(self) -> float:
        return self._remaining

    def decode(self, data: bytes) -> tuple[bytes, bytes]:
        content, rest = data[: self._remaining], data[self._remaining :]
        self._remaining -= len(content)
        self.complete = not self._remaining
        return content, rest


class ChunkedDecoder(BodyDecoder):
    """Decodes a chunked body (RFC 9112, section 7.1). Extensions and trailers are ignored."""

    def __init__(self) -> None:
        self._remaining = 0
        self._chunks = 0
        self._after_chunk = False
        self._in_trailers = False
        self._trailer_bytes = 0

    @property
    def remaining(self) -> float:
        return 0 if self.complete else inf

    def decode(self, data: bytes) -> tuple[bytes, bytes]:
        parts: list[bytes] = []
        # Not cut off piece by piece: of many small chunks, each would copy all that follow it.
        position = 0
        while not self.complete and position < len(data):
            if self._remaining:
                parts.append(data[position : position + self._remaining])
                position += len(parts[-1])
                self._remaining -= len(parts[-1])
                self._after_chunk = not self._remaining
                continue
            line = self._next_line(data, position)
            if not line:
                break
            position += len(line)
            self._process_line(line)
        return b"".join(parts), data[position:]

    def _next_line(self, data: bytes, position: int) -> bytes:
        """Return the line that begins at a position, or nothing if it is incomplete."""
        if self._after_chunk and not b"\r\n".startswith(data[position : position + 2]):
            raise bad_framing("A chunk has more bytes than its size.")
        limit = position + (MAX_HEAD if self._in_trailers else MAX_LINE)
        end = data.find(b"\n", position, limit)
        if end < 0 and len(data) >= limit:
            raise bad_framing("A line of the chunked body is too long.")
        return data[position : end + 1]

    def _process_line(self, line: bytes) -> None:
        if self._after_chunk:
            self._after_chunk = False
        elif self._in_trailers:
            self._process_trailer(line)
        else:
            match = _SIZE_LINE.fullmatch(line)
            if match is None:
                raise bad_framing("The size of a chunk is not a hexadecimal number.")
            self._remaining = int(match[1], 16)
            self._chunks += 1
            if self._chunks > MAX_CHUNKS:
                raise ContentTooLarge("The body has too many chunks.")
            self._in_trailers = not self._remaining

    def _process_trailer(self, line: bytes) -> None:
        self._trailer_bytes += len(line)
        if line == b"\r\n":
            self.complete = True
        elif _TRAILER.fullmatch(line) is None or self._trailer_bytes > MAX_HEAD:
            raise bad_framing("The trailers of the chunked body are malformed.")


def make_decoder(length: int | None) -> BodyDecoder:
    """Return the decoder for a body of this length; None is chunked."""
    return ChunkedDecoder() if length is None else LengthDecoder(length)
