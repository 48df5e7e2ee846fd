"""An Engine.IO session: its packets in both directions, over polling or WebSocket."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from logging import Logger
from typing import Any, Protocol

from eventlet.green.threading import Event

from me_api.transport.connection.addresses import network
from me_api.transport.connection.broadcast_target import SLOW, Output
from me_api.transport.connection.flow_control import FlowControl
from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.connection.registry import Registry
from me_api.transport.engineio.packets import (
    CLOSE,
    MESSAGE,
    NOOP,
    PING,
    PONG,
    UPGRADE,
    PreparedPackets,
    ProtocolError,
)
from me_api.transport.engineio.polling import PollingQueue
from me_api.transport.engineio.upgrade import UpgradeProbe
from me_api.transport.eventloop import log_exceptions
from me_api.transport.websocket.connection import WebSocketConnection
from me_api.transport.websocket.frames import NORMAL, PROTOCOL_ERROR, TEXT, TRY_AGAIN, frame


class SessionServer(Protocol):
    """The Engine.IO server, as its sessions use it."""

    registry: Registry
    sockets: MutableMapping[str, Any]
    handlers: MutableMapping[str, Callable[..., Any]]
    reason: Any
    max_http_buffer_size: int
    logger: Logger


class Session(FlowControl):
    """An Engine.IO session. How HTTP requests open it and feed it is in `http`."""

    __slots__ = (
        "_ping_state",
        "_polling",
        "_probe",
        "_resumed",
        "_websocket",
        "_write_buffer",
        "address",
        "closed",
        "registry",
        "server",
        "sid",
        "slot",
        "violation",
    )

    def __init__(self, server: SessionServer, sid: str, address: str = "") -> None:
        super().__init__()
        self.server = server
        self.registry = server.registry
        self.sid = sid
        self.address = network(address)
        self.slot = self.registry.addresses.acquire(self.address)
        self.closed = False
        self.violation: str | None = None
        """How the client has violated the protocol, if it has."""
        self._ping_state = self.registry.keepalive.add(self)
        self._polling = PollingQueue(self.registry.write_buffer_limit)
        self._websocket: WebSocketConnection | None = None
        self._probe: UpgradeProbe | None = None
        self._resumed: Event | None = None

    @property
    def upgraded(self) -> bool:
        """Whether the session uses WebSocket."""
        return self._websocket is not None

    # These are called for every message and recipient, hence the repeated condition.

    def push(self, message: PreparedMessage) -> None:
        """Send packets at the end of this turn. Closes the session as slow over the limit."""
        if self._websocket is not None:
            super().push(message)
        else:
            self.flush_pending()
            self._append_to_poll(message)

    def enqueue(self, message: PreparedMessage) -> None:
        """Append packets, to be flushed later. Closes the session as slow over the limit."""
        if self._websocket is None:
            self._append_to_poll(message)
        elif not self._write_buffer.append(message.data):
            self._close_slow()

    def send_now(self, message: PreparedMessage) -> None:
        """Send packets immediately. Closes the session as slow over the limit."""
        if self._websocket is None:
            self._append_to_poll(message)
        elif not self._write_buffer.send_now(message.data):
            self._close_slow()

    def flush(self) -> None:
        """Send what is buffered; a waiting poll has been woken already."""
        if self._websocket is not None:
            self._write_buffer.flush()

    def flush_pending(self) -> None:
        """Enqueue the broadcasts that this session still waits for."""
        flusher = self.registry.flusher
        if flusher.broadcasts and flusher.flush_pending(self) and self._websocket is not None:
            flusher.add(self._write_buffer)

    def respond(self, packets: PreparedPackets) -> None:
        """Send the response to an event, whatever is buffered; read on when enough is sent."""
        self.flush_pending()
        if self._websocket is not None:
            self._write_buffer.write(packets.data, urgent=True, bounded=False)
        elif not self.closed:
            self._polling.append(packets, bounded=False)
        self.apply_backpressure()

    def send_text(self, text: str) -> None:
        """Send one packet that is not a message, such as a ping, whatever is buffered."""
        if self._websocket is not None:
            self._write_buffer.write(frame(TEXT, text.encode()), bounded=False)
        else:
            self._polling.append_text(text)

    def message_received(self, data: str | bytes) -> None:
        """Process a packet from the client; close the session if it violates the protocol."""
        kind, rest = (MESSAGE, data) if isinstance(data, bytes) else (data[:1], data[1:])
        try:
            self._process(kind, rest)
        except ProtocolError as error:
            self.fail(str(error))

    def connection_lost(self) -> None:
        """Close the session with its WebSocket, or with the connection of its poll."""
        self.close(self.server.reason.TRANSPORT_CLOSE)

    def fail(self, violation: str) -> None:
        """Close the session because its client has violated the protocol."""
        self.violation = violation
        self.close(self.server.reason.TRANSPORT_ERROR, code=PROTOCOL_ERROR, detail=violation)

    def close(self, reason: str | None = None, *, code: int = NORMAL, detail: str = "") -> None:
        """Close the session, a WebSocket with this code and detail. Never blocks."""
        if self.closed:
            return
        self.closed = True
        self._ping_state.stop()
        self.registry.addresses.release(self.address, self.slot)
        self.server.sockets.pop(self.sid, None)
        reason = reason or self.server.reason.SERVER_DISCONNECT
        log_exceptions(self.server.handlers["disconnect"], self.sid, reason)
        if self._websocket is not None:
            slow = reason == SLOW
            code, detail = (TRY_AGAIN, SLOW) if slow else (code, detail)
            self._websocket.close(code, detail, drop=slow)
        if self._probe is not None:
            self._probe.websocket.close()
        # Sent by the poll that waits; after a CLOSE of the client itself it returns NOOP.
        self._polling.close(None if reason == self.server.reason.CLIENT_DISCONNECT else CLOSE)
        self._notify_resumed()

    def use_websocket(self, websocket: WebSocketConnection) -> None:
        """Use a WebSocket as the transport from now on."""
        self._websocket = websocket
        self._write_buffer = websocket.write_buffer

    @property
    def _output(self) -> Output:
        return self._polling if self._websocket is None else self._write_buffer

    @property
    def partial_reads(self) -> int:
        return 0 if self._websocket is None else self._websocket.partial_reads

    def resume_reading(self) -> None:
        if self._websocket is not None:
            self._websocket.resume_reading()
        self._notify_resumed()

    def _process(self, kind: str, rest: str | bytes) -> None:
        if kind == MESSAGE:
            self.server.handlers["message"](self.sid, rest)
        elif kind == PONG:
            self.registry.keepalive.reset(self._ping_state)
        elif kind == CLOSE:
            self.close(self.server.reason.CLIENT_DISCONNECT)
        # A ping of the client, as in protocol 3, is ignored: some small clients send it.
        elif kind not in (PING, UPGRADE, NOOP):
            raise ProtocolError("This is not a packet of Engine.IO 4.")

    def _append_to_poll(self, packets: Any) -> None:
        if not (self.closed or self._polling.append(packets)):
            self._close_slow()

    def _send_ping(self) -> None:
        self.send_text(PING)

    def _close_timed_out(self) -> None:
        self.close(self.server.reason.PING_TIMEOUT)

    def _close_slow(self) -> None:
        self.close(SLOW)

    def _notify_resumed(self) -> None:
        if self._resumed is not None:
            self._resumed.set()
            self._resumed = None
