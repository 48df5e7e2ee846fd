"""Soft messages between nodes, by NOTIFY: gathered, cut into payloads, and put together again.

They need not arrive: what is sent while there is no connection, or beyond the bound, is lost.
"""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from orjson import JSONDecodeError, dumps, loads

from me_api.cluster import Soft, SoftHandler
from me_api.cluster.native_connection import NativeConnection, PgConnection
from me_api.concurrency import Loop
from me_api.errors import StorageUnavailable

logger = logging.getLogger(__name__)

CHANNEL = "me_api_soft"
VERSION = "1"
GATHER_SECONDS = 0.02
"""Seconds for which messages are collected, so that many make one notification."""
MAX_PENDING = 1000
"""The most messages that are collected."""
PAYLOAD_BYTES = 7900
"""PostgreSQL refuses payloads of 8,000 bytes and more."""

# One transaction: its notifications arrive together and in order, or not at all.
_NOTIFY = f"SELECT pg_notify('{CHANNEL}', payload) FROM unnest(%s::text[]) payload"


class Payload(NamedTuple):
    """A payload: a piece of the messages of a node, which is the last one if `more` is 0."""

    node: str
    more: int
    text: str


class SoftChannel:
    """Sends messages to all other nodes, and calls the handlers of those that arrive."""

    def __init__(self, loop: Loop, connect: Callable[[], PgConnection], node: str) -> None:
        self._loop = loop
        self.connection = NativeConnection(
            loop, connect, (CHANNEL,), self._opened, lambda _, payload: self.receive(payload)
        )
        self._node = node
        self._pending: deque[tuple[str, Mapping[str, Any]]] = deque()
        self._droppable: deque[tuple[str, Mapping[str, Any]]] = deque()
        self._is_gathering = False
        self._handlers: dict[str, list[SoftHandler]] = defaultdict(list)
        self._pieces: dict[str, list[str]] = defaultdict(list)
        self.connected_handlers: list[Callable[[], None]] = []

    def subscribe(self, kind: str, handler: SoftHandler) -> None:
        """Call a handler with each message of this kind from another node."""
        self._handlers[kind].append(handler)

    def send(self, kind: str, body: Mapping[str, Any], *, droppable: bool = False) -> None:
        """Queue a message; beyond the bound, droppable ones are lost first, then the oldest."""
        (self._droppable if droppable else self._pending).append((kind, body))
        if len(self._pending) + len(self._droppable) > MAX_PENDING:
            (self._droppable or self._pending).popleft()
        if not self._is_gathering:
            self._is_gathering = True
            self._loop.call_later(GATHER_SECONDS, self.flush)

    def flush(self) -> None:
        """Send what is queued. Never waits."""
        self._is_gathering = False
        messages = [*self._pending, *self._droppable]
        self._pending.clear()
        self._droppable.clear()
        if not messages:
            return
        payloads = encode((VERSION, self._node), dumps(messages).decode())
        # What cannot be sent is lost: the receivers notice a gap, and ask.
        with suppress(StorageUnavailable):
            self.connection.post(lambda connection: _notify(connection, payloads))

    def receive(self, payload: str) -> None:
        """Process the payload of a notification."""
        packet = decode(payload)
        if packet is None or packet.node == self._node:
            return
        pieces = self._pieces[packet.node]
        pieces.append(packet.text)
        if packet.more:
            return
        del self._pieces[packet.node]
        for kind, body in _messages("".join(pieces)):
            for handler in self._handlers.get(kind, ()):
                handler(Soft(kind, packet.node, body))

    def _opened(self) -> None:
        # The rest of what has arrived in part was sent while there was no connection.
        self._pieces.clear()
        for connected in self.connected_handlers:
            connected()


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


def _messages(text: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Parse the messages of a node; none if a piece of them is missing."""
    try:
        return [(kind, body) for kind, body in loads(text)]
    except JSONDecodeError:
        logger.warning("a message of another node was incomplete")
        return []


def _notify(connection: PgConnection, payloads: list[str]) -> None:
    connection.execute(_NOTIFY, (payloads,))
