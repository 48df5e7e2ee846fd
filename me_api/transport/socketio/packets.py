"""Socket.IO packets, protocol revision 5: their types, and how those of a client are decoded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson
from socketio.packet import Packet as StockPacket

from me_api.transport.engineio.packets import ProtocolError

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = "0123456"
MAX_ATTACHMENTS = 10
"""As in the stock server."""

_HEAD = re.compile(
    r"(?:([0-3])|([56])(\d{1,2})-)(?:(/[^,?]*)(?:\?[^,]*)?(?:,|$))?(\d{1,15})?", re.ASCII
)
_NAMES = (str, int, float)
"""Types of an event's name. As in the stock server it may be a number; `true` is none."""


@dataclass(slots=True)
class Packet:
    """A valid packet from a client.

    It is not `readable`, and has no `data`, if its JSON is valid and orjson does not accept it:
    texts with half a surrogate pair, and very deep nesting.
    """

    kind: str
    namespace: str
    ack_id: int | None
    data: Any = None
    readable: bool = True
    missing: int = 0
    """Attachments that have not been received yet."""
    attachments: list[bytes] | None = None
    """Those that have been received; None if they are not to be kept."""

    def attach(self, data: bytes) -> None:
        """Add an attachment; the last one completes `data`."""
        self.missing -= 1
        if self.attachments is None:
            return
        self.attachments.append(data)
        if not self.missing:
            try:
                self.data = StockPacket.reconstruct_binary(self.data, self.attachments)
            except (IndexError, TypeError):
                raise ProtocolError("A placeholder names no attachment.") from None
            except RecursionError:
                self.data, self.readable = None, False


def decode(text: str, loads: Callable[[str], Any] = orjson.loads) -> Packet:
    """Decode a packet; raise `ProtocolError` if it is none that a client may send.

    `loads` parses the payload, and raises `ValueError` for what is not JSON.
    """
    head = _HEAD.match(text)
    if head is None:
        raise ProtocolError("This is not a packet of Socket.IO 5.")
    kind, binary_kind, count, namespace, ack_id = head.groups()
    packet = Packet(kind or binary_kind, namespace or "/", int(ack_id) if ack_id else None)
    if count is not None:
        packet.missing = int(count)
        if packet.missing > MAX_ATTACHMENTS:
            raise ProtocolError(f"A packet has at most {MAX_ATTACHMENTS} attachments.")
    rest = text[head.end() :]
    if rest:
        try:
            packet.data = loads(rest)
        except (ValueError, RecursionError):
            _check_json(rest)
            packet.readable = False
            return packet
    if not _is_valid(packet.kind, packet.data, bool(rest)):
        raise ProtocolError("The payload is not what this type of packet carries.")
    return packet


def _is_valid(kind: str, data: Any, present: bool) -> bool:
    """Return whether a payload has the form that a type of packet needs."""
    if kind in (EVENT, BINARY_EVENT):
        return isinstance(data, list) and bool(data) and type(data[0]) in _NAMES
    if kind == CONNECT:
        return isinstance(data, dict) or not present
    if kind == DISCONNECT:
        return not present
    return isinstance(data, list)


def _check_json(text: str) -> None:
    """Raise `ProtocolError` unless a text is JSON by its grammar (RFC 8259)."""
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        return  # Too deep to be known.
    except ValueError:
        raise ProtocolError("The payload is not JSON.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
