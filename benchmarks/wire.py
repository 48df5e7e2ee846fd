"""WebSocket frames and Socket.IO packets as bytes: what a client sends, and how to read answers."""

from __future__ import annotations

import json
import struct
from typing import Any

MASK = b"\x5a\xc3\x17\x8e"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10

UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: bWUtYXBpIGJlbmNobWFyaw==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)
SOCKET_IO = "/socket.io/?EIO=4&transport=websocket"
NAMESPACE = "/chat"
MESSAGE = b'42/chat,["message",'
ACK = b"43/chat,"
CONNECTED = b"40/chat,"
REFUSED = b"44/chat,"


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """Make a masked client frame."""
    size = len(payload)
    if size < 126:
        head = struct.pack(">BB", 128 | opcode, 128 | size)
    elif size < 65_536:
        head = struct.pack(">BBH", 128 | opcode, 254, size)
    else:
        head = struct.pack(">BBQ", 128 | opcode, 255, size)
    return head + MASK + _masked(payload)


def _masked(payload: bytes) -> bytes:
    """XOR with the mask as one long number, which is much faster than byte by byte."""
    size = len(payload)
    key = (MASK * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)


def connect(auth: dict[str, Any]) -> bytes:
    """Make the packet that connects to the namespace."""
    return frame(f"40{NAMESPACE},{json.dumps(auth)}".encode())


def event(number: int, name: str, body: dict[str, Any]) -> bytes:
    """Make an event that asks for an acknowledgement."""
    return frame(f"42{NAMESPACE},{number}{json.dumps([name, body])}".encode())


def split(buffer: bytearray) -> list[tuple[int, bytes]]:
    """Take all whole frames off the buffer, as opcode and payload."""
    found, start, end = [], 0, len(buffer)
    while end - start >= 2:
        size, body = buffer[start + 1], start + 2
        if size == 126:
            size, body = int.from_bytes(buffer[start + 2 : start + 4]), start + 4
        elif size == 127:
            size, body = int.from_bytes(buffer[start + 2 : start + 10]), start + 10
        if body + size > end:
            break
        found.append((buffer[start] & 15, bytes(buffer[body : body + size])))
        start = body + size
    del buffer[:start]
    return found


def message_of(packet: bytes) -> tuple[dict[str, Any], str | None]:
    """Read a message event: the message, and the string at its end, which is the offset."""
    body = json.loads(packet[len("42/chat,") :])
    return body[1], body[-1] if isinstance(body[-1], str) else None
