"""Encoding of Socket.IO packets: JSON, Socket.IO, Engine.IO and WebSocket framing in one step."""

from __future__ import annotations

from typing import Any

import orjson
from engineio import json as stock_json
from socketio.packet import Packet as StockPacket

from me_api.transport.engineio.packets import MESSAGE, PreparedPackets, encode_message
from me_api.transport.socketio.packets import ACK, BINARY_ACK, BINARY_EVENT, EVENT
from me_api.transport.websocket.frames import TEXT, frame

BINARY = {EVENT: BINARY_EVENT, ACK: BINARY_ACK}
"""The type of a packet that has attachments."""
_STRICT = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
"""Refuses what Python's json module refuses, too."""


def encode_events(
    namespace: str, events: list[list[Any]], *, droppable: bool = False
) -> PreparedPackets:
    """Encode events, each a name and its arguments, once for all clients of a namespace."""
    texts = [_packet(EVENT, namespace, event) for event in events]
    data = b"".join([frame(TEXT, text.encode()) for text in texts])
    return PreparedPackets(texts, data, droppable=droppable)


def encode_packet(
    kind: str, namespace: str, data: Any = None, ack_id: int | None = None
) -> PreparedPackets:
    """Encode one packet of any type, for one client; bytes in its data become attachments."""
    try:
        text = _packet(kind, namespace, data, ack_id)
    except orjson.JSONEncodeError:
        return _encode_binary(kind, namespace, data, ack_id)
    return PreparedPackets([text], frame(TEXT, text.encode()))


def encode_stock(
    packet_class: type[StockPacket], kind: str, namespace: str, data: Any, ack_id: int | None = None
) -> PreparedPackets:
    """Encode one packet as python-socketio does, with the JSON module of its packet class.

    Raises `TypeError` if the data cannot be encoded.
    """
    if packet_class.json is stock_json:
        try:
            body = "" if data is None else orjson.dumps(data, option=_STRICT).decode()
            text = _packet(kind, namespace, None, ack_id) + body
            return PreparedPackets([text], frame(TEXT, text.encode()))
        except orjson.JSONEncodeError:
            # Bytes, keys that are no strings, large integers, half a surrogate pair.
            pass
    encoded = packet_class(int(kind), data, namespace=namespace, id=ack_id).encode()
    head, *attachments = encoded if isinstance(encoded, list) else [encoded]
    return _join([encode_message(head), *map(encode_message, map(bytes, attachments))])


def _encode_binary(kind: str, namespace: str, data: Any, ack_id: int | None) -> PreparedPackets:
    attachments: list[bytes] = []

    def replace(value: Any) -> dict[str, Any]:
        if not isinstance(value, bytes):
            raise TypeError
        attachments.append(value)
        return {"_placeholder": True, "num": len(attachments) - 1}

    body = orjson.Fragment(orjson.dumps(data, default=replace))
    text = _packet(f"{BINARY[kind]}{len(attachments)}-", namespace, body, ack_id)
    return _join([encode_message(text.removeprefix(MESSAGE)), *map(encode_message, attachments)])


def _join(packets: list[PreparedPackets]) -> PreparedPackets:
    texts = [text for packet in packets for text in packet.texts]
    return PreparedPackets(texts, b"".join([packet.data for packet in packets]))


def _packet(kind: str, namespace: str, data: Any, ack_id: int | None = None) -> str:
    address = "" if namespace == "/" else f"{namespace},"
    body = "" if data is None else orjson.dumps(data).decode()
    return f"{MESSAGE}{kind}{address}{'' if ack_id is None else ack_id}{body}"
