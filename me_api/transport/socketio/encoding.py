"""Encoding of Socket.IO packets: JSON, Socket.IO, Engine.IO and WebSocket framing in one step."""

from __future__ import annotations

from typing import Any

import orjson

from me_api.transport.engineio.packets import MESSAGE, PreparedPackets
from me_api.transport.socketio.packets import EVENT
from me_api.transport.websocket.frames import TEXT, frame


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
    """Encode one packet of any type, for one client."""
    text = _packet(kind, namespace, data, ack_id)
    return PreparedPackets([text], frame(TEXT, text.encode()))


def _packet(kind: str, namespace: str, data: Any, ack_id: int | None = None) -> str:
    address = "" if namespace == "/" else f"{namespace},"
    body = "" if data is None else orjson.dumps(data).decode()
    return f"{MESSAGE}{kind}{address}{'' if ack_id is None else ack_id}{body}"
