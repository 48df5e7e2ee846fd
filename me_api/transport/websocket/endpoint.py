"""A native WebSocket: messages as they are, with no Socket.IO around them."""

from __future__ import annotations

from contextvars import Context
from typing import Any, Protocol

from me_api.transport.connection.dispatch import EventQueue, run_until_first_wait
from me_api.transport.connection.flow_control import SLOW, FlowControl
from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.connection.registry import Registry
from me_api.transport.connection.write_buffer import WriteBuffer
from me_api.transport.eventloop import log_exceptions
from me_api.transport.web.hijack import already_handled
from me_api.transport.websocket import handshake
from me_api.transport.websocket.connection import WebSocketConnection
from me_api.transport.websocket.frames import BINARY, NORMAL, PING, POLICY, TEXT, TRY_AGAIN, frame


class Host(Protocol):
    """The Socket.IO server, as native WebSockets use it."""

    eio: Any
    context: Context


class Handler(Protocol):
    """Who has come to a native WebSocket; all but `gone` may wait."""

    def opened(self) -> None:
        """Hear that the connection is open; messages are held back until this returns."""

    def message_received(self, message: str | bytes) -> None:
        """Take a message."""

    def connection_lost(self, reason: str) -> None:
        """Hear that the connection has ended. Never waits."""


class WebSocket(FlowControl):
    """One native WebSocket; a receiver of wires as the sessions of Socket.IO are."""

    def __init__(
        self, registry: Registry, sid: str, context: Context, link: WebSocketConnection
    ) -> None:
        super().__init__()
        self.registry = registry
        self.sid = sid
        self.closed = False
        self.reason = ""
        self.context = context
        self._queue = EventQueue(self, self.context)
        self._connection = link
        self._ping_state = self.registry.keepalive.add(self)
        link.on_pong = lambda: self.registry.keepalive.pong(self._ping_state)

    def open(self, guest: Handler) -> None:
        """Give what is received to a guest from now on."""
        self._handler = guest
        self._connection.start(self)
        run_until_first_wait(self.context, self._begin)

    def _begin(self) -> None:
        self._handler.opened()
        self._queue.open()

    def message_received(self, data: str | bytes) -> None:
        """Have a message dealt with; who does not read what comes of it is not read either."""
        self._queue.run(self._handler.message_received, data)
        self.pause_reading()

    def send(self, message: str | bytes) -> None:
        """Answer this one alone, whatever the bound: who takes no answers is not read."""
        self.answer(prepare_message(message))

    def answer(self, parcel: PreparedMessage) -> None:
        """Answer with what was encoded before."""
        self.flush_pending()
        self._connection.write_buffer.write(parcel.data, urgent=True, bounded=False)

    def prioritize(self) -> None:
        """Have this one get first what it is to get with many others: to its sender, an answer."""
        flusher = self.registry.flusher
        if flusher.flush_pending(self):
            flusher.prioritize(self._connection.write_buffer)

    def push(self, parcel: PreparedMessage) -> None:
        """Send what was encoded before; over the bound the connection is closed."""
        self.flush_pending()
        if not self._connection.write_buffer.write(parcel.data):
            self.close(reason=SLOW)

    def enqueue(self, parcel: PreparedMessage) -> None:
        """Queue what many get; over the bound the connection is closed."""
        if not self._connection.write_buffer.append(parcel.data):
            self.close(reason=SLOW)

    def send_now(self, parcel: PreparedMessage) -> None:
        """Send what many get, at once; over the bound the connection is closed."""
        if not self._connection.write_buffer.send_now(parcel.data):
            self.close(reason=SLOW)

    def flush(self) -> None:
        """Send what was queued."""
        self._connection.write_buffer.flush()

    def connection_lost(self) -> None:
        """Hear that the connection has ended, or is about to."""
        self.close()

    def close(
        self, code: int = NORMAL, detail: str = "", *, reason: str = "", drop: bool = False
    ) -> None:
        """End the connection; what waits leaves first, or is dropped. Never waits."""
        slow = reason == SLOW
        drop = drop or slow
        if not (self.closed or drop):
            self.flush_pending()
        if self.closed:
            return
        self.closed = True
        self._ping_state.stop()
        self._queue.close()
        code, detail = (TRY_AGAIN, SLOW) if slow else (code, detail)
        self._connection.close(code, detail, drop=drop)
        log_exceptions(self.context.copy().run, self._handler.connection_lost, reason)

    @property
    def _output(self) -> WriteBuffer:
        return self._connection.write_buffer

    @property
    def partial_reads(self) -> int:
        return self._connection.partial_reads

    def resume_reading(self) -> None:
        self._connection.resume_reading()

    def _send_ping(self) -> None:
        self._connection.write_buffer.write(frame(PING, b""), bounded=False)

    def _close_timed_out(self) -> None:
        self.close(POLICY, "no pong", drop=True)

    def flush_pending(self) -> None:
        flusher = self.registry.flusher
        if flusher.broadcasts and flusher.flush_pending(self):
            flusher.add(self._connection.write_buffer)


def prepare_message(*messages: str | bytes, droppable: bool = False) -> PreparedMessage:
    """Frame messages once, for any number of clients."""
    frames = [
        frame(TEXT, message.encode()) if isinstance(message, str) else frame(BINARY, message)
        for message in messages
    ]
    return PreparedMessage(b"".join(frames), ephemeral=droppable)


def accept_websocket(
    server: Host, environ: dict[str, Any], max_size: int, headers: list[tuple[str, str]]
) -> WebSocket:
    """Make a request that nothing is wrong with a WebSocket; the web server is done with it."""
    registry: Registry = server.eio.registry
    link = handshake.accept_handshake(environ, registry, max_size, headers)
    found = WebSocket(registry, server.eio.generate_id(), server.context, link)
    already_handled()
    return found
