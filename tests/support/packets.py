"""Socket.IO 5 packets as text, and what the stock client remembers of them."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = range(7)
PACKET = re.compile(
    r"(?P<type>\d)(?:\d+-)?(?:(?P<namespace>/[^,]*),)?(?P<id>\d+)?(?P<data>.*)", re.S
)


class Packet(NamedTuple):
    """One Socket.IO packet; `end` is the number of bytes on the wire up to and with it."""

    type: int
    namespace: str
    id: int | None
    data: Any
    end: int


class Refused(ConnectionError):
    """The server answered with CONNECT_ERROR; `data` is what it says."""

    def __init__(self, data: Any) -> None:
        super().__init__(str(data))
        self.data = data


@dataclass
class Memory:
    """What the stock client keeps from one connection to the next, by namespace."""

    pid: dict[str, str | None] = field(default_factory=dict)
    offset: dict[str, str] = field(default_factory=dict)

    def remember(self, packet: Packet) -> None:
        """Do as the stock client does: pid from CONNECT, offset from a trailing string."""
        name = packet.namespace
        if packet.type == CONNECT:
            self.pid[name] = (packet.data or {}).get("pid")
        trailing = packet.data[-1] if packet.type == EVENT else None
        if self.pid.get(name) and isinstance(trailing, str):
            self.offset[name] = trailing


def decode(text: str, end: int) -> Packet:
    """Parse one packet; attachments of binary packets stay placeholders."""
    match = PACKET.fullmatch(text)
    assert match, text
    number = int(match["id"]) if match["id"] else None
    data = json.loads(match["data"]) if match["data"] else None
    return Packet(int(match["type"]), match["namespace"] or "/", number, data, end)
