"""The opening handshake of a WebSocket, server side (RFC 6455, section 4.2)."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha1
from typing import Any, NamedTuple

from me_api.transport.connection.registry import Registry
from me_api.transport.web.hijack import hijack
from me_api.transport.websocket.connection import WebSocketConnection

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
VERSION = "13"


class HandshakeFault(NamedTuple):
    """Why a request is not a valid handshake, as a status of HTTP (400 or 426) and a text."""

    status: int
    detail: str


def find_fault(environ: dict[str, Any]) -> HandshakeFault | None:
    """Return what is wrong with a handshake, or None if it is valid (section 4.2.1)."""
    valid = environ["REQUEST_METHOD"] == "GET" and environ["SERVER_PROTOCOL"] != "HTTP/1.0"
    valid = valid and "websocket" in _tokens(environ, "HTTP_UPGRADE")
    # 426 Upgrade Required (RFC 9110, section 15.5.22) if another request would be accepted.
    if not (valid and "upgrade" in _tokens(environ, "HTTP_CONNECTION")):
        return HandshakeFault(
            426, "This is for WebSockets: GET it with HTTP/1.1 and Upgrade: websocket."
        )
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != VERSION:
        return HandshakeFault(426, f"Sec-WebSocket-Version has to be {VERSION}.")
    if not environ.get("HTTP_HOST"):
        return HandshakeFault(400, "A handshake needs Host.")
    # Its end would be taken for the first frame.
    if environ.get("CONTENT_LENGTH", "0").strip("0") or "HTTP_TRANSFER_ENCODING" in environ:
        return HandshakeFault(400, "A handshake has no body.")
    if not _is_key(environ.get("HTTP_SEC_WEBSOCKET_KEY", "")):
        return HandshakeFault(400, "Sec-WebSocket-Key has to be 16 bytes in base64.")
    return None


def offered_subprotocols(environ: dict[str, Any]) -> list[str]:
    """Return the subprotocols that a client offers, in its order of preference."""
    names = environ.get("HTTP_SEC_WEBSOCKET_PROTOCOL", "").split(",")
    return [name.strip() for name in names if name.strip()]


def accept_handshake(
    environ: dict[str, Any],
    registry: Registry,
    max_size: int,
    headers: Sequence[tuple[str, str]] = (),
) -> WebSocketConnection:
    """Hijack the connection of a request that has no fault, and respond to its handshake.

    `headers` are added to the response.
    """
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines.append(f"Sec-WebSocket-Accept: {accept_key(environ['HTTP_SEC_WEBSOCKET_KEY'])}")
    sock, unread, fields = hijack(environ, 101)
    lines += [f"{name}: {value}" for name, value in [*headers, *fields]]
    connection = WebSocketConnection(
        sock, registry, max_size, environ.get("REMOTE_ADDR") or "", unread
    )
    connection.write_buffer.write("\r\n".join([*lines, "", ""]).encode())
    return connection


def accept_key(key: str) -> str:
    """Return the Sec-WebSocket-Accept for a Sec-WebSocket-Key (section 4.2.2, step 5.4)."""
    return b64encode(sha1(key.encode() + GUID).digest()).decode()


def _tokens(environ: dict[str, Any], name: str) -> set[str]:
    return {token.strip().lower() for token in environ.get(name, "").split(",")}


def _is_key(value: str) -> bool:
    try:
        return len(b64decode(value, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False
