"""Raw HTTP: requests as bytes, and what comes back until the server closes the connection."""

import re
import socket
from contextlib import closing

from tests.support.http import HttpClient
from tests.support.wait import WAIT_SECONDS

HOST = b"Host: x\r\n"
MESSAGES = b"POST /chat/rooms/lobby/messages HTTP/1.1\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
HIDDEN = b"POST /chat/rooms/lobby/messages HTTP/1.1\r\n" + HOST + FORM
HIDDEN += b"Content-Length: 20\r\n\r\nnick=eve&text=hidden"
"""A request that is smuggled in if the one before it ends too early."""
LAST = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"


def exchange(server: HttpClient, *parts: bytes, shut_down: bool = False) -> bytes:
    """Send bytes and return everything up to the end of the connection."""
    with closing(
        socket.create_connection((server.host, server.port), timeout=WAIT_SECONDS)
    ) as sock:
        for part in parts:
            sock.sendall(part)
        if shut_down:
            sock.shutdown(socket.SHUT_WR)
        received = b""
        while data := sock.recv(65_536):
            received += data
        return received


def statuses(response: bytes) -> list[int]:
    """Return the status of each response in the bytes of a connection."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", response)]
