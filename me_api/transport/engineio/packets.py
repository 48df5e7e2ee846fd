"""Engine.IO packets: their types, and packets encoded once for all sessions that receive them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Self

from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.websocket.frames import BINARY, TEXT, frame

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
