"""A response of Server-Sent Events, driven by the hub: an idle stream holds no greenlet.

The request's greenlet writes the head, and is free for another request. From then on the stream is
like a WebSocket on which only the server sends.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from eventlet import hubs

from me_api.transport.connection.addresses import network
from me_api.transport.connection.broadcast_target import BroadcastTarget
from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.connection.registry import Registry
from me_api.transport.connection.socket_reader import SocketReader
from me_api.transport.connection.write_buffer import WriteBuffer
from me_api.transport.eventloop import log_exceptions
from me_api.transport.sse.encoding import HEARTBEAT
from me_api.transport.web.dates import http_date
from me_api.transport.web.hijack import hijack
from me_api.transport.web.response import status_line

OnClosed = Callable[[bool], None]
"""Called when a stream has been closed, with whether its client was slow."""


class Stream(SocketReader, BroadcastTarget):
    """One stream. Its length is unknown, so its end is the end of the connection."""

    def __init__(
        self, sock: socket.socket, registry: Registry, on_closed: OnClosed, address: str = ""
    ) -> None:
        super().__init__(sock)
        self.registry = registry
        self._address = network(address)
        self._slot = registry.addresses.acquire(self._address)
        self.closed = False
        self._on_closed = on_closed
        limit = registry.write_buffer_limit
        self._write_buffer = WriteBuffer(sock, registry.flusher, limit, self.close)
        self._ping_state = registry.keepalive.add(self)
        registry.streams.add(self)
        _set_user_timeout(sock, registry.ping_interval + registry.ping_timeout)
        # Started by the hub: its listener keeps the greenlet that registers it, with its request.
        hubs.get_hub().schedule_call_global(0, self._start)

    def ping(self) -> None:
        """Send a heartbeat. It has no answer, so the next one is scheduled at once."""
        self.registry.keepalive.reset(self._ping_state)
        self.push(HEARTBEAT)

    def ping_timed_out(self) -> None:
        """Close the stream, whose heartbeat could not be sent."""
        self.close()

    def close(self, *, slow: bool = False) -> None:
        """Close the connection; what the kernel has not accepted is lost. Never blocks."""
        if self.closed:
            return
        self.closed = True
        self._ping_state.stop()
        self.registry.streams.discard(self)
        self.registry.addresses.release(self._address, self._slot)
        self.stop_reading()
        self._write_buffer.close()
        with suppress(OSError):  # The client was quicker.
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        log_exceptions(self._on_closed, slow)

    def data_received(self, data: bytes) -> None:
        """Ignore the data: the socket is read only to detect the end of the connection."""

    def eof_received(self) -> None:
        self.close()

    def connection_lost(self, *_error: object) -> None:
        self.close()

    def _start(self) -> None:
        if not self.closed:
            self.start_reading()

    def _close_slow(self) -> None:
        self.close(slow=True)


def open_stream(
    environ: dict[str, Any],
    registry: Registry,
    headers: Iterable[tuple[str, str]],
    on_closed: OnClosed,
) -> Stream:
    """Hijack a request's connection and respond to it with a stream."""
    address = environ.get("REMOTE_ADDR") or ""
    sock, _, added = hijack(environ, 200)
    stream = Stream(sock, registry, on_closed, address)
    lines = [f"{name}: {value}\r\n" for name, value in [*headers, *added]]
    fields = "".join(lines).encode("latin-1")
    head = [status_line(200), http_date(), b"\r\nConnection: close\r\n", fields, b"\r\n"]
    stream.push(PreparedMessage(b"".join(head)))
    return stream


def _set_user_timeout(sock: socket.socket, seconds: float) -> None:
    """Make the kernel close the connection if sent data stays unacknowledged for so long."""
    # The client never sends on a stream, so a vanished one would be kept for a quarter of an hour.
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux only.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))
