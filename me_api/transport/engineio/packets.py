"""Engine.IO packets: their types, and packets encoded once for all sessions that receive them."""

from __future__ import annotations

from me_api.transport.connection.prepared_message import PreparedMessage

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"


class DroppableText(str):
    """A packet that may be dropped instead of closing a slow client."""


class PreparedPackets(PreparedMessage):
    """Packets in both encodings: `data` as WebSocket frames, `texts` for polling."""

    __slots__ = ("texts",)

    def __init__(self, texts: list[str], data: bytes, *, droppable: bool = False) -> None:
        super().__init__(data, droppable=droppable)
        self.texts = [DroppableText(text) for text in texts] if droppable else texts


class Packet:
    """A packet as the stock server encodes it into the response to a poll."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def encode(self, b64: bool = False) -> str:
        return self.text
