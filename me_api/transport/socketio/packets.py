"""Socket.IO packets, protocol revision 5: their types, and how they are decoded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import orjson
from socketio.packet import Packet as StockPacket

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = "0123456"
MAX_ATTACHMENTS = 10

_HEAD = re.compile(r"([0-6])(?:(\d{1,15})-)?(?:(/[^,?]*)(?:\?[^,]*)?(?:,|$))?(\d{1,15})?")


@dataclass(slots=True)
class Packet:
    """A packet from a client; not `readable`, and without `data`, if its JSON is malformed."""

    kind: str
    namespace: str
    ack_id: int | None
    data: Any
    readable: bool = True
    missing: int = 0
    """Attachments that have not been received yet."""
    attachments: list[bytes] = field(default_factory=list)

    def attach(self, data: bytes) -> None:
        """Add an attachment; the last one completes `data`."""
        self.attachments.append(data)
        self.missing -= 1
        if not self.missing:
            try:
                self.data = StockPacket.reconstruct_binary(self.data, self.attachments)
            except (IndexError, TypeError, RecursionError):
                self.readable = False


def decode(text: str) -> Packet | None:
    """Decode a packet; return None if not even its type and namespace can be read."""
    head = _HEAD.match(text)
    if head is None:
        return None
    kind, count, namespace, ack_id = head.groups()
    packet = Packet(kind, namespace or "/", int(ack_id) if ack_id else None, None)
    rest = text[head.end() :]
    packet.missing = int(count or 0)
    try:
        packet.data = orjson.loads(rest) if rest else None
    except orjson.JSONDecodeError:
        packet.readable = False
    if packet.missing > MAX_ATTACHMENTS:
        packet.readable, packet.missing = False, 0
    return packet
