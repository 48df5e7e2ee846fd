"""The payloads of notifications that carry soft messages: cut, and put together again.

Pure: nothing here waits or sends.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from orjson import JSONDecodeError, loads

logger = logging.getLogger(__name__)

VERSION = "1"
PAYLOAD_BYTES = 7900
"""PostgreSQL refuses payloads of 8,000 bytes and more."""


class Payload(NamedTuple):
    """A payload: a piece of the messages of a node, which is the last one if `more` is 0."""

    node: str
    more: int
    text: str


def encode(head: tuple[str, ...], text: str) -> list[str]:
    """Cut a text into payloads, each of which begins with the words of the head."""
    room = PAYLOAD_BYTES - len(" ".join(head)) - 20
    raw = text.encode()
    pieces = []
    while raw:
        end = min(room, len(raw))
        # Not within a character: the bytes after its first begin with the bits 10.
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(raw[:end].decode())
        raw = raw[end:]
    last = len(pieces) - 1
    return [" ".join((*head, str(last - number), piece)) for number, piece in enumerate(pieces)]


def decode(payload: str) -> Payload | None:
    """Parse a payload; return None if it is none of this version."""
    version, _, rest = payload.partition(" ")
    words = rest.split(" ", 2)
    if version != VERSION or len(words) != len(Payload._fields):
        return None
    node, more, text = words
    return Payload(node, int(more), text) if more.isdecimal() else None


def parse_messages(text: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Parse the messages of a node; none if a piece of them is missing."""
    try:
        return [(kind, body) for kind, body in loads(text)]
    except JSONDecodeError:
        logger.warning("a message of another node was incomplete")
        return []
