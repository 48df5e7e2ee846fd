"""Incomplete requests and messages of every kind, nearly all of each."""

import json
import re
import socket
import struct
from contextlib import suppress

from tests.support.frames import BINARY, TEXT, frame
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS
from tests.transport.web.raw import FORM as URLENCODED
from tests.transport.web.raw import HOST, MESSAGES

LIMIT = 8_000_000
CONNECTIONS = 40
SENT = 900_000
GROWN = 3 * LIMIT
"""Bytes: what is counted, a copy of it, and what each connection may hold without being counted."""
HEADROOM = 20_000_000
SETTINGS = {"input_bytes": LIMIT, "websocket_max_bytes": 1_000_000}

SOCKETIO = b"/socket.io/?EIO=4&transport="
UPGRADE = HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
UPGRADE += b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
FRAME = b"\x81\xff" + struct.pack("!Q", 999_000) + bytes(4) + b"a" * SENT
PARTS = (b"\x01\xfe\xea\x60" + bytes(4) + b"a" * 60_000) + (
    b"\x00\xfe\xea\x60" + bytes(4) + b"a" * 60_000
) * (SENT // 60_000 - 1)
SMALL_PARTS = frame(TEXT, b"a", final=False) + frame(0, b"a", final=False) * 4000
PLACES = ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in range(10))
EVENT = frame(TEXT, b"40/chat,") + frame(TEXT, f'4510-/chat,["post",{PLACES}]'.encode())
JSON = MESSAGES + HOST + b"Content-Type: application/json\r\n"
FORM = MESSAGES + HOST + b"Content-Type: multipart/form-data; boundary=x\r\n"
FIELD = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
FILE = FIELD.replace(b"\r\n\r\n", b'; filename="a"\r\n\r\n')
SIZE = b"Content-Length: 999000\r\n\r\n"

KINDS = {
    "native": (b"GET /ws/echo HTTP/1.1\r\n" + UPGRADE, FRAME),
    "fragments": (b"GET /ws/echo HTTP/1.1\r\n" + UPGRADE, PARTS),
    "fragments of a byte": (b"GET /ws/echo HTTP/1.1\r\n" + UPGRADE, SMALL_PARTS),
    "chat": (b"GET /ws/chat?room=lobby HTTP/1.1\r\n" + UPGRADE, FRAME),
    "socket.io": (b"GET " + SOCKETIO + b"websocket HTTP/1.1\r\n" + UPGRADE, FRAME),
    "attachments": (
        b"GET " + SOCKETIO + b"websocket HTTP/1.1\r\n" + UPGRADE,
        EVENT + frame(BINARY, b"a" * (SENT // 9)) * 9,
    ),
    "upgrade": (b"GET " + SOCKETIO + b"websocket&sid=SID HTTP/1.1\r\n" + UPGRADE, FRAME),
    "payload": (
        b"",
        b"POST " + SOCKETIO + b"polling&sid=SID HTTP/1.1\r\n" + HOST + SIZE + b"4" * SENT,
    ),
    "head": (b"", b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 16_000),
    "header lines": (b"", b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 90),
    "json": (b"", JSON + SIZE + b"[" * SENT),
    "chunked": (b"", JSON + b"Transfer-Encoding: chunked\r\n\r\nf0000\r\n" + b"[" * SENT),
    "chunks of a byte": (
        b"",
        JSON + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n[\r\n" * 4000,
    ),
    "form": (b"", MESSAGES + HOST + URLENCODED + SIZE + b"a=b&" * (SENT // 4)),
    "multipart": (b"", FORM + SIZE + FIELD + b"a" * SENT),
    "file": (b"", FORM + SIZE + FILE + b"a" * SENT),
}
"""What precedes the incomplete input on its connection, and the input."""


def send_incomplete(server: LiveServer, handshake: bytes, data: bytes) -> socket.socket:
    """Open a connection and send all of an incomplete input that the server takes."""
    if b"=SID " in handshake + data[:200]:
        opened = server.get(SOCKETIO.decode() + "polling").body
        sid = json.loads(opened[1:])["sid"].encode()
        handshake, data = (part.replace(b"=SID ", b"=" + sid + b" ") for part in (handshake, data))
    sock = socket.create_connection((server.host, server.port), timeout=WAIT_SECONDS)
    if handshake:
        sock.sendall(handshake)
        assert b" 101 " in sock.recv(4096)
    sock.settimeout(0.05)
    # Beyond the limit the server does not read.
    with suppress(OSError):
        sock.sendall(data)
    return sock


def holds(server: LiveServer, size: int) -> bool:
    """Return whether the server counts so many bytes of incomplete input."""
    found = re.search(rb"\nme_api_unfinished_input_bytes (\S+)", server.get("/metrics").body)
    return found is not None and float(found[1]) == size
