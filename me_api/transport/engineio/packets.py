"""Engine.IO packets."""

from __future__ import annotations

from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.websocket.frames import TEXT, frame

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"


class DroppableText(str):
    """A text of an event that may be dropped when a client is slow."""


class PreparedPackets(PreparedMessage):
    """Messages encoded once for all their recipients, as text and as WebSocket frames."""

    __slots__ = ("texts",)

    def __init__(self, texts: list[str], *, ephemeral: bool = False) -> None:
        kind = DroppableText if ephemeral else str
        self.texts: list[str] = [kind(MESSAGE + text) for text in texts]
        wire = b"".join([frame(TEXT, text.encode()) for text in self.texts])
        super().__init__(wire, ephemeral=ephemeral)


class Packet:
    """A text as the stock server packs it into the answer of a poll."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def encode(self, b64: bool = False) -> str:
        """Give the text."""
        return self.text
