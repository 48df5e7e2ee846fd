"""Encode what a client sends, and parse what it receives: WebSocket frames, Socket.IO packets."""

from __future__ import annotations

import json
import struct
from typing import Any

MASK = b"\x5a\xc3\x17\x8e"
TEXT, PING, PONG = 1, 9, 10
"""Opcodes of frames (RFC 6455, section 5.2)."""

UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: bWUtYXBpIGJlbmNobWFyaw==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)
SOCKET_IO = "/socket.io/?EIO=4&transport=websocket"
NAMESPACE = "/chat"

# The beginnings of packets: 4 is a message of Engine.IO, the second digit the type of a packet of
# Socket.IO. The chat's namespace follows.
CONNECT = b"40/chat,"
MESSAGE = b'42/chat,["message",'
ACK = b"43/chat,"
CONNECT_ERROR = b"44/chat,"


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """Encode a masked frame, as clients send it (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        head = struct.pack(">BB", 128 | opcode, 128 | size)
    elif size < 65_536:
        head = struct.pack(">BBH", 128 | opcode, 254, size)
    else:
        head = struct.pack(">BBQ", 128 | opcode, 255, size)
    return head + MASK + _masked(payload)


def _masked(payload: bytes) -> bytes:
    # XOR of two large integers is much faster in Python than a loop over the bytes.
    size = len(payload)
    key = (MASK * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)


def connect(auth: dict[str, Any]) -> bytes:
    """Encode a CONNECT packet of the chat's namespace in a frame."""
    return frame(f"40{NAMESPACE},{json.dumps(auth)}".encode())


def event(number: int, name: str, body: dict[str, Any]) -> bytes:
    """Encode an event in a frame; `number` is the id of the acknowledgement it asks for."""
    return frame(f"42{NAMESPACE},{number}{json.dumps([name, body])}".encode())


def split(buffer: bytearray) -> list[tuple[int, bytes]]:
    """Remove all complete frames from the buffer, and return their opcodes and payloads."""
    frames, start, end = [], 0, len(buffer)
    while end - start >= 2:
        # Frames of a server are not masked, so the whole second byte is the length.
        size, body = buffer[start + 1], start + 2
        if size == 126:
            size, body = int.from_bytes(buffer[start + 2 : start + 4]), start + 4
        elif size == 127:
            size, body = int.from_bytes(buffer[start + 2 : start + 10]), start + 10
        if body + size > end:
            break
        frames.append((buffer[start] & 15, bytes(buffer[body : body + size])))
        start = body + size
    del buffer[:start]
    return frames


def message_of(packet: bytes) -> tuple[dict[str, Any], str | None]:
    """Parse a `message` event; return the message and the offset, or None without an offset.

    The offset of Socket.IO's connection state recovery is a string, the last argument of an event.
    """
    body = json.loads(packet[len("42/chat,") :])
    return body[1], body[-1] if isinstance(body[-1], str) else None
