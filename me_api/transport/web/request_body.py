"""The body of a request as WSGI applications read it: `wsgi.input` (PEP 3333)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from typing import Protocol

from me_api.errors import ApiError, Busy
from me_api.transport.web.body_decoder import BodyDecoder

MAX_SKIPPED = 65_536
"""Bytes of an unread body that are read to keep a connection; with more it is closed."""
LARGE = 4096
"""Bytes that are not decoded before other requests have had their turn."""
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class BodySource(Protocol):
    """The connection that a body is read from."""

    received: bytes
    """What was received and not used yet."""

    def wait_for_input(self) -> None:
        """Block until more was received; raise `ApiError` if it takes too long, or at the end."""

    def wait_for_turn(self) -> None:
        """Block until this request may go on, although it takes milliseconds."""

    def send_all(self, data: bytes) -> None:
        """Send bytes to the client; blocks."""

    def count_input(self, size: int) -> bool:
        """Count the bytes of the body that the application holds; return False for too many."""


class RequestBody:
    """Reads one body, and not a byte of what follows it. Reading blocks the greenlet."""

    def __init__(self, source: BodySource, decoder: BodyDecoder) -> None:
        self._source = source
        self._decoder = decoder
        self._content = b""
        self._failure: ApiError | None = None
        self._taken = 0
        self.continue_expected = False
        """Whether the client waits for 100 Continue before it sends the body."""

    @property
    def is_skippable(self) -> bool:
        """Whether the next request can be read soon: the body is complete, or almost."""
        # A client that still waits for 100 Continue sends its body, or does not, once it has the
        # response: what follows may be either (RFC 9110, section 10.1.1).
        uncertain = self.continue_expected and not self._decoder.complete
        return not (self._failure or uncertain) and self._decoder.remaining <= MAX_SKIPPED

    def read(self, size: int | None = -1) -> bytes:
        """Return so many bytes, fewer at the end of the body; all of it without a size.

        Raises `ApiError` if the body is malformed, incomplete or too slow.
        """
        parts: list[bytes] = []
        missing = -1 if size is None else size
        while missing and self._fill():
            part = self._content if missing < 0 else self._content[:missing]
            self._content = self._content[len(part) :]
            parts.append(part)
            missing -= len(part) if missing > 0 else 0
        return b"".join(parts)

    def readline(self, size: int | None = -1) -> bytes:
        """Return the next line with its end, or its first `size` bytes."""
        limit = -1 if size is None else size
        line = b""
        while limit and not line.endswith(b"\n") and self._fill():
            end = self._content.find(b"\n") + 1 or len(self._content)
            part = self.read(end if limit < 0 else min(end, limit))
            limit -= len(part) if limit > 0 else 0
            line += part
        return line

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        """Return all lines that are left."""
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line

    def discard(self) -> bool:
        """Read what is left, to reach the next request; return False if that is not possible."""
        # Not raised: the request has its response, and another would be taken for the next one's.
        with suppress(ApiError):
            self._taken = 0
            while self._fill():
                self._content, self._taken = b"", 0
        return self._failure is None

    def _fill(self) -> bool:
        """Decode until there is content; return False at the end of the body."""
        if self._failure is not None:
            # Not received again: a client that is too slow would be waited for twice.
            raise copy(self._failure)
        try:
            while not (self._content or self._decoder.complete):
                self._receive()
        except ApiError as error:
            # A copy has no traceback, which would refer to this body.
            self._failure = copy(error)
            raise
        return bool(self._content)

    def _receive(self) -> None:
        source = self._source
        if len(source.received) > LARGE:
            source.wait_for_turn()
        self._content, source.received = self._decoder.decode(source.received)
        self._taken += len(self._content)
        if not source.count_input(self._taken):
            raise Busy("Too many requests are incomplete.")
        if self._content or self._decoder.complete:
            return
        if self.continue_expected:
            self.continue_expected = False
            source.send_all(CONTINUE)
            # The body may have arrived while that was blocked.
            return
        source.wait_for_input()
