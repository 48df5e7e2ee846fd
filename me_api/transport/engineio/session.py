"""An Engine.IO session: what it is sent and what it receives, over polling or WebSocket."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, Protocol

from eventlet.green.threading import Event

from me_api.transport.connection.flow_control import SLOW, Paced
from me_api.transport.connection.registry import Registry
from me_api.transport.connection.write_buffer import Outbox
from me_api.transport.engineio.packets import CLOSE, MESSAGE, NOOP, PING, PONG, UPGRADE, Parcel
from me_api.transport.engineio.polling import Polling
from me_api.transport.engineio.upgrade import Probe
from me_api.transport.eventloop import log_exceptions
from me_api.transport.websocket.connection import Link
from me_api.transport.websocket.frames import NORMAL, TEXT, TRY_AGAIN, frame


class Host(Protocol):
    """The Engine.IO server, as its sessions use it."""

    registry: Registry
    sockets: MutableMapping[str, Any]
    handlers: MutableMapping[str, Callable[..., Any]]
    reason: Any
    max_http_buffer_size: int

    def no_handshake(self, wrong: Any) -> Any:
        """Refuse a WebSocket whose handshake is not one."""


class Session(Paced):
    """One Engine.IO session; how requests begin and feed it is in `requests`."""

    def __init__(self, server: Host, sid: str) -> None:
        super().__init__()
        self.server = server
        self.registry = server.registry
        self.sid = sid
        self.session: dict[str, Any] = {}
        self.connected = False
        self.closed = False
        self._watch = self.registry.pings.watch(self)
        self._link: Link | None = None
        self._probe: Probe | None = None
        self._polling = Polling(self.registry.outbox_bytes)
        self._freed: Event | None = None

    @property
    def upgraded(self) -> bool:
        """Whether it speaks WebSocket."""
        return self._link is not None

    def push(self, parcel: Parcel) -> None:
        """Send messages that were encoded before; over the bound the connection is closed."""
        self._settle()
        link = self._link
        if link is not None:
            if not link.outbox.write(parcel.wire):
                self.close(reason=SLOW)
        elif not self.closed and not self._polling.write(parcel):
            self.close(reason=SLOW)

    def answer(self, parcel: Parcel) -> None:
        """Answer an event, whatever waits; no more is read until half of what may wait is free."""
        self._settle()
        if self._link is not None:
            self._link.outbox.write(parcel.wire, urgent=True, bounded=False)
        elif not self.closed:
            self._polling.write(parcel, bounded=False)
        self._rest()

    def take(self, parcel: Parcel) -> None:
        """Queue messages that many get; over the bound the connection is closed."""
        link = self._link
        if link is not None:
            if not link.outbox.put(parcel.wire):
                self.close(reason=SLOW)
        elif not self.closed and not self._polling.write(parcel):
            self.close(reason=SLOW)

    def deliver(self, parcel: Parcel) -> None:
        """Send messages that many get, at once; over the bound the connection is closed."""
        link = self._link
        if link is None:
            self.take(parcel)
        elif not link.outbox.deliver(parcel.wire):
            self.close(reason=SLOW)

    def flush(self) -> None:
        """Send what was queued; what waits for a poll has waked it already."""
        if self._link is not None:
            self._link.outbox.flush()

    def send_text(self, text: str) -> None:
        """Send one packet, such as a ping, whatever waits."""
        if self._link is not None:
            self._link.outbox.write(frame(TEXT, text.encode()), bounded=False)
        else:
            self._polling.write_text(text)

    def send(self, packet: Any) -> None:
        """Send a packet of the stock server's."""
        self.send_text(packet.encode())

    def receive(self, data: str | bytes) -> bool:
        """Take a packet from the client; one that is none of Engine.IO ends the connection.

        Tells whether it was one.
        """
        kind, rest = (MESSAGE, data) if isinstance(data, bytes) else (data[:1], data[1:])
        if kind == MESSAGE:
            self.server.handlers["message"](self.sid, rest)
        elif kind == PONG:
            self.registry.pings.pong(self._watch)
        elif kind == CLOSE:
            self.close(reason=self.server.reason.CLIENT_DISCONNECT)
        elif kind not in (PING, UPGRADE, NOOP):
            self.close(reason=self.server.reason.TRANSPORT_ERROR)
            return False
        return True

    def lost(self) -> None:
        """Hear that the WebSocket has ended."""
        self.close(reason=self.server.reason.TRANSPORT_CLOSE)

    def close(self, wait: bool = True, abort: bool = True, reason: str | None = None) -> None:
        """End the session. Never waits."""
        if self.closed:
            return
        self.closed = True
        self._watch.stop()
        self.server.sockets.pop(self.sid, None)
        reason = reason or self.server.reason.SERVER_DISCONNECT
        log_exceptions(self.server.handlers["disconnect"], self.sid, reason)
        if self._link is not None:
            slow = reason == SLOW
            self._link.close(TRY_AGAIN if slow else NORMAL, reason if slow else "", drop=slow)
        if self._probe is not None:
            self._probe.link.close()
        self._polling.close()
        self._tell_free()

    @property
    def _outbox(self) -> Outbox | Polling:
        return self._polling if self._link is None else self._link.outbox

    def _settle(self) -> None:
        flusher = self.registry.flusher
        if flusher.rounds and flusher.settle(self) and self._link is not None:
            flusher.add(self._link.outbox)

    @property
    def _begun(self) -> int:
        return 0 if self._link is None else self._link.pieces

    def _go_on(self) -> None:
        if self._link is not None:
            self._link.go_on()
        self._tell_free()

    def _send_ping(self) -> None:
        self.send_text(PING)

    def _end_silent(self) -> None:
        self.close(reason=self.server.reason.PING_TIMEOUT)

    def _tell_free(self) -> None:
        if self._freed is not None:
            self._freed.set()
            self._freed = None
