"""Encoding of Socket.IO packets: JSON, Socket.IO, Engine.IO and WebSocket framing in one step."""

from __future__ import annotations

from typing import Any

import orjson

from me_api.transport.engineio.packets import MESSAGE, PreparedPackets, encode_message
from me_api.transport.socketio.packets import ACK, BINARY_ACK, BINARY_EVENT, EVENT
from me_api.transport.websocket.frames import TEXT, frame

BINARY = {EVENT: BINARY_EVENT, ACK: BINARY_ACK}
"""The type of a packet that has attachments."""


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


def _encode_binary(kind: str, namespace: str, data: Any, ack_id: int | None) -> PreparedPackets:
    attachments: list[bytes] = []

    def replace(value: Any) -> dict[str, Any]:
        if not isinstance(value, bytes):
            raise TypeError
        attachments.append(value)
        return {"_placeholder": True, "num": len(attachments) - 1}

    body = orjson.Fragment(orjson.dumps(data, default=replace))
    text = _packet(f"{BINARY[kind]}{len(attachments)}-", namespace, body, ack_id)
    packets = [encode_message(text.removeprefix(MESSAGE)), *map(encode_message, attachments)]
    texts = [text for packet in packets for text in packet.texts]
    return PreparedPackets(texts, b"".join([packet.data for packet in packets]))


def _packet(kind: str, namespace: str, data: Any, ack_id: int | None = None) -> str:
    address = "" if namespace == "/" else f"{namespace},"
    body = "" if data is None else orjson.dumps(data).decode()
    return f"{MESSAGE}{kind}{address}{'' if ack_id is None else ack_id}{body}"
