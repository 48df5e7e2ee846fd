"""Authenticated messages: what nodes send each other through Redis, with a code (RFC 7693, 2.9).

Others may use the same Redis: what none of these nodes has sent is not shown to clients.
"""

from __future__ import annotations

import hmac
from hashlib import blake2b, sha256
from typing import NamedTuple

CODE_BYTES = 16


class Received(NamedTuple):
    """A message of a process, as it arrives."""

    process: str
    body: bytes


class MessageAuthenticator:
    """Signs the messages of one process, and verifies those of others with the same secret."""

    def __init__(self, secret: str, process: str) -> None:
        self._key = hmac.new(secret.encode(), b"me-api redis", sha256).digest()
        self._sender = process.encode() + b"\n"

    def sign(self, channel: str, body: bytes) -> bytes:
        """Return a payload for a channel: the code, this process, and the body."""
        signed = self._sender + body
        return self._code(channel, signed) + signed

    def verify(self, channel: str, payload: bytes) -> Received | None:
        """Return the message in a payload; None if it is of this process, or of no node at all."""
        code, signed = payload[:CODE_BYTES], payload[CODE_BYTES:]
        # First, since each node receives all that it sends.
        if signed.startswith(self._sender):
            return None
        process, separator, body = signed.partition(b"\n")
        if not separator or not hmac.compare_digest(code, self._code(channel, signed)):
            return None
        return Received(process.decode(), body)

    def _code(self, channel: str, signed: bytes) -> bytes:
        code = blake2b(channel.encode() + b"\n", key=self._key, digest_size=CODE_BYTES)
        code.update(signed)
        return code.digest()
