"""Engine.IO packets: their types, and packets encoded once for all sessions that receive them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Self

from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.websocket.frames import BINARY, TEXT, frame, frame_end

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"


class ProtocolError(Exception):
    """A packet that violates the protocol: the session of its sender is closed."""


class DroppableText(str):
    """A packet that may be dropped instead of closing a slow client."""


class PreparedPackets(PreparedMessage):
    """Packets in both encodings: `data` as WebSocket frames, `texts` for polling."""

    __slots__ = ("_polled", "texts")

    def __init__(self, texts: list[str], data: bytes, *, droppable: bool = False) -> None:
        super().__init__(data, droppable=droppable)
        self.texts = [DroppableText(text) for text in texts] if droppable else texts
        self._polled: list[tuple[str, int]] | None = None

    def joined(self, others: list[Any]) -> Self:
        """Return the packets of this message and of others as one."""
        messages = [self, *others]
        texts = [text for message in messages for text in message.texts]
        return type(self)(texts, b"".join([message.data for message in messages]))

    def replaced(self, others: Mapping[int, PreparedPackets | None]) -> PreparedPackets:
        """Return these packets with some replaced by others, or left out, by their numbers.

        The rest is not encoded again.
        """
        texts: list[str] = []
        data: list[bytes] = []
        kept = end = 0
        for number, text in enumerate(self.texts):
            begin, end = end, frame_end(self.data, end)
            if number not in others:
                texts.append(text)
                continue
            data.append(self.data[kept:begin])
            kept = end
            if (other := others[number]) is not None:
                texts += other.texts
                data.append(other.data)
        data.append(self.data[kept:])
        return PreparedPackets(texts, b"".join(data))

    @property
    def polled(self) -> list[tuple[str, int]]:
        """The texts, each with its size in bytes, measured once for all sessions that poll."""
        if self._polled is None:
            self._polled = [(text, len(text.encode())) for text in self.texts]
        return self._polled


def encode_message(content: str | bytes) -> PreparedPackets:
    """Encode a message of text or of binary data."""
    if isinstance(content, str):
        text = MESSAGE + content
        return PreparedPackets([text], frame(TEXT, text.encode()))
    return PreparedPackets([f"b{b64encode(content).decode()}"], frame(BINARY, content))
