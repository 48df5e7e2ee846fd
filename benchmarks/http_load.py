"""Load over HTTP: persistent connections, each with one request in flight."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.load import EventLoop

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.I)
CHUNK = bytearray(1 << 18)


def get_request(path: str, headers: str = "") -> bytes:
    """Encode a GET request; `headers` are complete lines."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()


class KeepAliveRequester:
    """A connection on which each response triggers the next request of an iterator.

    Responses are only measured by their Content-Length, and not parsed. Raises `AssertionError` if
    a status is not the expected one, or if the server closes the connection.
    """

    def __init__(
        self, loop: EventLoop, port: int, requests: Iterator[bytes], status: bytes
    ) -> None:
        self.responses = 0
        self._requests = requests
        self._expected = b"HTTP/1.1 " + status
        self._has_body = status != b"304"
        self._buffer = bytearray()
        self._loop = loop
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)
        loop.add_reader(self.sock, self._read, urgent=False)
        self.sock.send(next(self._requests))

    def close(self) -> None:
        """Remove the socket from the event loop and close it."""
        self._loop.remove(self.sock)
        self.sock.close()

    def _read(self) -> None:
        size = self.sock.recv_into(CHUNK)
        assert size, "the server closed a persistent connection"
        self._buffer += memoryview(CHUNK)[:size]
        if self._response_complete():
            self._buffer.clear()
            self.responses += 1
            self.sock.send(next(self._requests))

    def _response_complete(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not self._buffer.startswith(self._expected):
            raise AssertionError(bytes(self._buffer[:300]).decode("latin-1"))
        # A 304 has no body, even if it has the length of one (RFC 9110, section 15.4.5).
        length = CONTENT_LENGTH.search(self._buffer, 0, end + 2) if self._has_body else None
        return len(self._buffer) >= end + 4 + (int(length[1]) if length else 0)


def send_request(
    port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], Any]:
    """Send one request; return the status, the headers in lower case, and the body.

    The body is parsed if it is a JSON object. Blocks until the response is complete.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    all_headers = {"Content-Type": "application/json"} | (headers or {})
    connection.request(method, path, None if body is None else json.dumps(body), all_headers)
    response = connection.getresponse()
    data = response.read()
    connection.close()
    response_headers = {name.lower(): value for name, value in response.getheaders()}
    return response.status, response_headers, json.loads(data) if data.startswith(b"{") else data


def open_requesters(
    loop: EventLoop,
    port: int,
    requests: Callable[[], Iterator[bytes]],
    connections: int,
    status: bytes,
) -> list[KeepAliveRequester]:
    """Open connections and send the first request on each; the loop must run to receive anything.

    `requests` is called once for each connection. `status` is what every response must have.
    """
    return [KeepAliveRequester(loop, port, requests(), status) for _ in range(connections)]
