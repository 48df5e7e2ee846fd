"""An Engine.IO session: what it is sent and what it receives, over polling or WebSocket."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, Protocol

from eventlet.green.threading import Event

from me_api.transport.connection.flow_control import SLOW, FlowControl
from me_api.transport.connection.registry import Registry
from me_api.transport.connection.write_buffer import WriteBuffer
from me_api.transport.engineio.packets import (
    CLOSE,
    MESSAGE,
    NOOP,
    PING,
    PONG,
    UPGRADE,
    PreparedPackets,
)
from me_api.transport.engineio.polling import Polling
from me_api.transport.engineio.upgrade import UpgradeProbe
from me_api.transport.eventloop import log_exceptions
from me_api.transport.websocket.connection import WebSocketConnection
from me_api.transport.websocket.frames import NORMAL, TEXT, TRY_AGAIN, frame


class Host(Protocol):
    """The Engine.IO server, as its sessions use it."""

    registry: Registry
    sockets: MutableMapping[str, Any]
    handlers: MutableMapping[str, Callable[..., Any]]
    reason: Any
    max_http_buffer_size: int

    def refuse_handshake(self, wrong: Any) -> Any:
        """Refuse a WebSocket whose handshake is not one."""


class Session(FlowControl):
    """One Engine.IO session; how requests begin and feed it is in `requests`."""

    def __init__(self, server: Host, sid: str) -> None:
        super().__init__()
        self.server = server
        self.registry = server.registry
        self.sid = sid
        self.session: dict[str, Any] = {}
        self.connected = False
        self.closed = False
        self._ping_state = self.registry.keepalive.add(self)
        self._websocket: WebSocketConnection | None = None
        self._probe: UpgradeProbe | None = None
        self._polling = Polling(self.registry.outbox_bytes)
        self._resumed: Event | None = None

    @property
    def upgraded(self) -> bool:
        """Whether it speaks WebSocket."""
        return self._websocket is not None

    def push(self, parcel: PreparedPackets) -> None:
        """Send messages that were encoded before; over the bound the connection is closed."""
        self.flush_pending()
        link = self._websocket
        if link is not None:
            if not link.write_buffer.write(parcel.data):
                self.close(reason=SLOW)
        elif not self.closed and not self._polling.write(parcel):
            self.close(reason=SLOW)

    def answer(self, parcel: PreparedPackets) -> None:
        """Answer an event, whatever waits; no more is read until half of what may wait is free."""
        self.flush_pending()
        if self._websocket is not None:
            self._websocket.write_buffer.write(parcel.data, urgent=True, bounded=False)
        elif not self.closed:
            self._polling.write(parcel, bounded=False)
        self.pause_reading()

    def enqueue(self, parcel: PreparedPackets) -> None:
        """Queue messages that many get; over the bound the connection is closed."""
        link = self._websocket
        if link is not None:
            if not link.write_buffer.append(parcel.data):
                self.close(reason=SLOW)
        elif not self.closed and not self._polling.write(parcel):
            self.close(reason=SLOW)

    def send_now(self, parcel: PreparedPackets) -> None:
        """Send messages that many get, at once; over the bound the connection is closed."""
        link = self._websocket
        if link is None:
            self.enqueue(parcel)
        elif not link.write_buffer.send_now(parcel.data):
            self.close(reason=SLOW)

    def flush(self) -> None:
        """Send what was queued; what waits for a poll has waked it already."""
        if self._websocket is not None:
            self._websocket.write_buffer.flush()

    def send_text(self, text: str) -> None:
        """Send one packet, such as a ping, whatever waits."""
        if self._websocket is not None:
            self._websocket.write_buffer.write(frame(TEXT, text.encode()), bounded=False)
        else:
            self._polling.write_text(text)

    def send(self, packet: Any) -> None:
        """Send a packet of the stock server's."""
        self.send_text(packet.encode())

    def message_received(self, data: str | bytes) -> bool:
        """Take a packet from the client; one that is none of Engine.IO ends the connection.

        Tells whether it was one.
        """
        kind, rest = (MESSAGE, data) if isinstance(data, bytes) else (data[:1], data[1:])
        if kind == MESSAGE:
            self.server.handlers["message"](self.sid, rest)
        elif kind == PONG:
            self.registry.keepalive.pong(self._ping_state)
        elif kind == CLOSE:
            self.close(reason=self.server.reason.CLIENT_DISCONNECT)
        elif kind not in (PING, UPGRADE, NOOP):
            self.close(reason=self.server.reason.TRANSPORT_ERROR)
            return False
        return True

    def connection_lost(self) -> None:
        """Hear that the WebSocket has ended."""
        self.close(reason=self.server.reason.TRANSPORT_CLOSE)

    def close(self, wait: bool = True, abort: bool = True, reason: str | None = None) -> None:
        """End the session. Never waits."""
        if self.closed:
            return
        self.closed = True
        self._ping_state.stop()
        self.server.sockets.pop(self.sid, None)
        reason = reason or self.server.reason.SERVER_DISCONNECT
        log_exceptions(self.server.handlers["disconnect"], self.sid, reason)
        if self._websocket is not None:
            slow = reason == SLOW
            self._websocket.close(TRY_AGAIN if slow else NORMAL, reason if slow else "", drop=slow)
        if self._probe is not None:
            self._probe.websocket.close()
        self._polling.close()
        self._notify_resumed()

    @property
    def _output(self) -> WriteBuffer | Polling:
        return self._polling if self._websocket is None else self._websocket.write_buffer

    def flush_pending(self) -> None:
        flusher = self.registry.flusher
        if flusher.broadcasts and flusher.flush_pending(self) and self._websocket is not None:
            flusher.add(self._websocket.write_buffer)

    @property
    def partial_reads(self) -> int:
        return 0 if self._websocket is None else self._websocket.partial_reads

    def resume_reading(self) -> None:
        if self._websocket is not None:
            self._websocket.resume_reading()
        self._notify_resumed()

    def _send_ping(self) -> None:
        self.send_text(PING)

    def _close_timed_out(self) -> None:
        self.close(reason=self.server.reason.PING_TIMEOUT)

    def _notify_resumed(self) -> None:
        if self._resumed is not None:
            self._resumed.set()
            self._resumed = None
