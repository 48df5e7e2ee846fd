"""Requests over connections that stay open; each answer is measured out, and some are read."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.load import Load

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.I)
CHUNK = bytearray(1 << 18)


def request(path: str, headers: str = "") -> bytes:
    """Make a GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()


class Requester:
    """One connection: each answer lets the next request go."""

    def __init__(self, load: Load, port: int, requests: Iterator[bytes], status: bytes) -> None:
        self.done = 0
        self._requests = requests
        self._expected = b"HTTP/1.1 " + status
        self._waiting = bytearray()
        self._load = load
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)
        load.watch(self.sock, self._read, urgent=False)
        self.sock.send(next(self._requests))

    def close(self) -> None:
        """Close the connection."""
        self._load.forget(self.sock)
        self.sock.close()

    def _read(self) -> None:
        size = self.sock.recv_into(CHUNK)
        assert size, "the server closed a connection that was to stay"
        self._waiting += memoryview(CHUNK)[:size]
        if self._whole():
            self._waiting.clear()
            self.done += 1
            self.sock.send(next(self._requests))

    def _whole(self) -> bool:
        """Tell whether a whole answer is here; it must have the expected status."""
        end = self._waiting.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not self._waiting.startswith(self._expected):
            raise AssertionError(bytes(self._waiting[:300]).decode("latin-1"))
        found = LENGTH.search(self._waiting, 0, end + 2)
        body = int(found[1]) if found and b" 304" not in self._expected else 0
        return len(self._waiting) >= end + 4 + body


def call(
    port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], Any]:
    """Send one request and read its answer: status, headers in small letters, parsed JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    sent = {"Content-Type": "application/json"} | (headers or {})
    connection.request(method, path, None if body is None else json.dumps(body), sent)
    response = connection.getresponse()
    data = response.read()
    connection.close()
    names = {name.lower(): value for name, value in response.getheaders()}
    return response.status, names, json.loads(data) if data.startswith(b"{") else data


def saturate(
    load: Load, port: int, make: Callable[[], Iterator[bytes]], connections: int, status: bytes
) -> list[Requester]:
    """Open so many connections that each keep one request on its way."""
    return [Requester(load, port, make(), status) for _ in range(connections)]
