"""An answer that goes on for ever, driven by the hub: nobody sleeps for it while it is quiet.

The request's greenlet writes the head and ends; from then on it is like a WebSocket on which only
the server speaks.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import Any

from eventlet import hubs

from me_api.transport.connection.registry import Registry
from me_api.transport.connection.socket_reader import SocketReader
from me_api.transport.connection.write_buffer import WriteBuffer
from me_api.transport.eventloop import log_exceptions
from me_api.transport.sse import encoding
from me_api.transport.web.hijack import hijack
from me_api.transport.web.request_head import http_date, status_line

Ended = Callable[[bool], None]
"""Hears that a stream has ended, and whether because its reader was slow."""


class Stream(SocketReader):
    """One stream; it closes with the connection, for its length is not known."""

    def __init__(self, sock: socket.socket, registry: Registry, ended: Ended) -> None:
        super().__init__(sock)
        self._registry = registry
        self._ended = ended
        self._write_buffer = WriteBuffer(sock, registry.flusher, registry.outbox_bytes, self.close)
        self._ping_state = registry.keepalive.add(self)
        self.closed = False
        registry.streams.add(self)
        _give_up_after(sock, registry.ping_interval + registry.ping_timeout)
        # Begun by the hub: it keeps the greenlet that asks it to listen, with all of its request.
        hubs.get_hub().schedule_call_global(0, self._begin)

    def push(self, data: bytes) -> None:
        """Send bytes; over the bound the stream is closed."""
        if not self._write_buffer.write(data):
            self.close(slow=True)

    def enqueue(self, data: bytes) -> None:
        """Queue bytes that many get; over the bound the stream is closed."""
        if not self._write_buffer.append(data):
            self.close(slow=True)

    def send_now(self, data: bytes) -> None:
        """Send bytes that many get, at once; over the bound the stream is closed."""
        if not self._write_buffer.send_now(data):
            self.close(slow=True)

    def flush(self) -> None:
        """Send what was queued."""
        self._write_buffer.flush()

    def fits(self, data: bytes) -> bool:
        """Tell whether bytes can be sent with what waits already; half of the bound is kept free.

        The other half is for what comes by itself; nothing waiting, anything fits.
        """
        waiting = self._write_buffer.size
        return not waiting or (waiting + len(data)) * 2 <= self._write_buffer.limit

    def drain(self) -> bool:
        """Wait until all that was sent has left; False when the stream has ended."""
        flusher = self._registry.flusher
        if flusher.flush_pending(self):  # What many others get belongs to it.
            flusher.add(self._write_buffer)
        while self._write_buffer.size and not self.closed:
            self._write_buffer.drain()
        return not self.closed

    def ping(self) -> None:
        """Send a heartbeat; no answer is awaited, so the next one is planned at once."""
        self._registry.keepalive.pong(self._ping_state)
        self.push(encoding.HEARTBEAT)

    def ping_timed_out(self) -> None:
        """End the stream: its heartbeat could not be sent."""
        self.close()

    def close(self, *, slow: bool = False) -> None:
        """End the stream; what the kernel has not taken is lost. Never waits."""
        if self.closed:
            return
        self.closed = True
        self._ping_state.stop()
        self._registry.streams.discard(self)
        self.stop_reading()
        self._write_buffer.close()
        with suppress(OSError):  # The other side was quicker.
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        log_exceptions(self._ended, slow)

    def _begin(self) -> None:
        if not self.closed:
            self.start_reading()

    def data_received(self, data: bytes) -> None:
        """Ignore what the client sends: it is read so that its end is heard."""

    def eof_received(self) -> None:
        self.close()

    def connection_lost(self, *_error: object) -> None:
        self.close()


def open_stream(
    environ: dict[str, Any], registry: Registry, headers: Iterable[tuple[str, str]], ended: Ended
) -> Stream:
    """Take a request's connection over and answer it with a stream."""
    stream = Stream(hijack(environ), registry, ended)
    lines = [f"{name}: {value}\r\n" for name, value in headers]
    head = [
        status_line(200),
        http_date(),
        b"\r\nConnection: close\r\n",
        "".join(lines).encode("latin-1"),
    ]
    stream.push(b"".join([*head, b"\r\n"]))
    return stream


def broadcast_bytes(data: bytes, streams: Collection[Stream], registry: Registry) -> None:
    """Send bytes to many."""
    if data and streams:
        registry.flusher.broadcast(data, set(streams))


def _give_up_after(sock: socket.socket, seconds: float) -> None:
    """Have the kernel close the connection if what was sent is not confirmed for so long.

    A client says nothing on a stream: one that vanished would be kept for a quarter of an hour.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux only; elsewhere it takes that long.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))
