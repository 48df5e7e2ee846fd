"""A native WebSocket, as the features see it: text and binary messages, without Socket.IO."""

from __future__ import annotations

from contextvars import Context
from functools import partial
from typing import Any, Protocol

from me_api.transport.connection.addresses import network
from me_api.transport.connection.broadcast_target import SLOW
from me_api.transport.connection.dispatch import EventQueue, run_until_first_wait
from me_api.transport.connection.flow_control import FlowControl
from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.connection.registry import Registry
from me_api.transport.eventloop import log_exceptions
from me_api.transport.web.hijack import already_handled
from me_api.transport.websocket import handshake
from me_api.transport.websocket.connection import WebSocketConnection
from me_api.transport.websocket.frames import BINARY, NORMAL, PING, POLICY, TEXT, TRY_AGAIN, frame


class WebSocketServer(Protocol):
    """The Socket.IO server, as native WebSockets use it."""

    eio: Any
    context: Context


class Handler(Protocol):
    """Handles one native WebSocket. Its methods may wait, but `connection_lost` must not."""

    def opened(self) -> None:
        """React to the opened connection. Messages are held back until this returns."""

    def message_received(self, message: str | bytes) -> None:
        """Process a text or binary message."""

    def connection_lost(self, reason: str) -> None:
        """React to the closed connection."""


class WebSocket(FlowControl):
    """One native WebSocket, read as fast as its client reads."""

    __slots__ = (
        "_connection",
        "_handler",
        "_ping_state",
        "_queue",
        "_write_buffer",
        "address",
        "closed",
        "context",
        "registry",
        "sid",
        "slot",
    )

    def __init__(
        self,
        registry: Registry,
        sid: str,
        context: Context,
        connection: WebSocketConnection,
        address: str,
    ) -> None:
        super().__init__()
        self.registry = registry
        self.sid = sid
        self.address = network(address)
        self.slot = registry.addresses.acquire(self.address)
        self.closed = False
        self.context = context
        self._queue = EventQueue(self, self.context)
        self._connection = connection
        self._write_buffer = connection.write_buffer
        self._ping_state = self.registry.keepalive.add(self)
        connection.on_pong = lambda: self.registry.keepalive.reset(self._ping_state)

    def open(self, handler: Handler) -> None:
        """Pass what is received to a handler from now on."""
        self._handler = handler
        self._connection.start(self)
        run_until_first_wait(self.context, self._open)

    def message_received(self, data: str | bytes) -> None:
        """Pass a message to the handler, after those that were received before it."""
        self.registry.received.websocket += 1
        self._queue.run(self._handler.message_received, data)
        self.apply_backpressure()

    def send(self, message: str | bytes) -> None:
        """Send a message to this client alone, as the response to one of its own."""
        self.respond(prepare_message(message))

    def respond(self, message: PreparedMessage) -> None:
        """Send a prepared message, whatever is buffered."""
        # Unbounded: a client that does not read its responses is not read either.
        self.flush_pending()
        self._write_buffer.write(message.data, urgent=True, bounded=False)

    def prioritize(self) -> None:
        """Send pending broadcasts to this client first: to their sender they are the response."""
        flusher = self.registry.flusher
        if flusher.flush_pending(self):
            flusher.prioritize(self._write_buffer)

    def connection_lost(self) -> None:
        # What the client has sent before is handled, as if reading had not kept it waiting.
        self.close(finish=True)

    def close(
        self,
        code: int = NORMAL,
        detail: str = "",
        *,
        reason: str = "",
        drop: bool = False,
        finish: bool = False,
    ) -> None:
        """Start the closing handshake behind what is buffered, or drop that. Never blocks."""
        slow = reason == SLOW
        drop = drop or slow
        if not (self.closed or drop):
            self.flush_pending()
        # Checked only now: a pending broadcast over the limit closes the connection as slow.
        if self.closed:
            return
        self.closed = True
        self._ping_state.stop()
        self.registry.addresses.release(self.address, self.slot)
        code, detail = (TRY_AGAIN, SLOW) if slow else (code, detail)
        self._connection.close(code, detail, drop=drop)
        lost = partial(self.context.copy().run, self._handler.connection_lost, reason)
        if not finish:
            self._queue.close()
        self._queue.finish(log_exceptions, lost)

    @property
    def partial_reads(self) -> int:
        return self._connection.partial_reads

    def resume_reading(self) -> None:
        self._connection.resume_reading()

    def _open(self) -> None:
        self._handler.opened()
        self._queue.open()

    def _send_ping(self) -> None:
        self._write_buffer.write(frame(PING, b""), bounded=False)

    def _close_timed_out(self) -> None:
        self.close(POLICY, "no pong", drop=True)

    def _close_slow(self) -> None:
        self.close(reason=SLOW)


def prepare_message(*messages: str | bytes, droppable: bool = False) -> PreparedMessage:
    """Frame messages once for all clients that receive them."""
    frames = [
        frame(TEXT, message.encode()) if isinstance(message, str) else frame(BINARY, message)
        for message in messages
    ]
    return PreparedMessage(b"".join(frames), droppable=droppable)


def accept_websocket(
    server: WebSocketServer,
    environ: dict[str, Any],
    max_size: int,
    headers: list[tuple[str, str]],
) -> WebSocket:
    """Accept a valid handshake, with additional response headers; hijack its connection."""
    registry: Registry = server.eio.registry
    connection = handshake.accept_handshake(environ, registry, max_size, headers)
    address = environ.get("REMOTE_ADDR") or ""
    websocket = WebSocket(registry, server.eio.generate_id(), server.context, connection, address)
    already_handled()
    return websocket
