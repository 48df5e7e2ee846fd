"""A native WebSocket: messages as they are, with no Socket.IO around them."""

from __future__ import annotations

from contextvars import Context
from typing import Any, Protocol

from me_api.transport.connection.dispatch import Lane, in_turn
from me_api.transport.connection.flow_control import SLOW, Paced
from me_api.transport.connection.prepared_message import Wire
from me_api.transport.connection.registry import Registry
from me_api.transport.connection.write_buffer import Outbox
from me_api.transport.eventloop import log_exceptions
from me_api.transport.web.hijack import left_to_us
from me_api.transport.websocket import handshake
from me_api.transport.websocket.connection import Link
from me_api.transport.websocket.frames import BINARY, NORMAL, PING, POLICY, TEXT, TRY_AGAIN, frame


class Host(Protocol):
    """The Socket.IO server, as native WebSockets use it."""

    eio: Any
    context: Context


class Guest(Protocol):
    """Who has come to a native WebSocket; all but `gone` may wait."""

    def begin(self) -> None:
        """Hear that the connection is open; messages are held back until this returns."""

    def hear(self, message: str | bytes) -> None:
        """Take a message."""

    def gone(self, reason: str) -> None:
        """Hear that the connection has ended. Never waits."""


class WebSocket(Paced):
    """One native WebSocket; a receiver of wires as the sessions of Socket.IO are."""

    def __init__(self, registry: Registry, sid: str, context: Context, link: Link) -> None:
        super().__init__()
        self.registry = registry
        self.sid = sid
        self.closed = False
        self.reason = ""
        self.context = context
        self._lane = Lane(self, self.context)
        self._link = link
        self._watch = self.registry.pings.watch(self)
        link.ponged = lambda: self.registry.pings.pong(self._watch)

    def open(self, guest: Guest) -> None:
        """Give what is received to a guest from now on."""
        self._guest = guest
        self._link.start(self)
        in_turn(self.context, self._begin)

    def _begin(self) -> None:
        self._guest.begin()
        self._lane.open()

    def receive(self, data: str | bytes) -> None:
        """Have a message dealt with; who does not read what comes of it is not read either."""
        self._lane.run(self._guest.hear, data)
        self._rest()

    def send(self, message: str | bytes) -> None:
        """Answer this one alone, whatever the bound: who takes no answers is not read."""
        self.answer(wire(message))

    def answer(self, parcel: Wire) -> None:
        """Answer with what was encoded before."""
        self._settle()
        self._link.outbox.write(parcel.wire, urgent=True, bounded=False)

    def hurry(self) -> None:
        """Have this one get first what it is to get with many others: to its sender, an answer."""
        flusher = self.registry.flusher
        if flusher.settle(self):
            flusher.hurry(self._link.outbox)

    def push(self, parcel: Wire) -> None:
        """Send what was encoded before; over the bound the connection is closed."""
        self._settle()
        if not self._link.outbox.write(parcel.wire):
            self.close(reason=SLOW)

    def take(self, parcel: Wire) -> None:
        """Queue what many get; over the bound the connection is closed."""
        if not self._link.outbox.put(parcel.wire):
            self.close(reason=SLOW)

    def deliver(self, parcel: Wire) -> None:
        """Send what many get, at once; over the bound the connection is closed."""
        if not self._link.outbox.deliver(parcel.wire):
            self.close(reason=SLOW)

    def flush(self) -> None:
        """Send what was queued."""
        self._link.outbox.flush()

    def lost(self) -> None:
        """Hear that the connection has ended, or is about to."""
        self.close()

    def close(
        self, code: int = NORMAL, detail: str = "", *, reason: str = "", drop: bool = False
    ) -> None:
        """End the connection; what waits leaves first, or is dropped. Never waits."""
        slow = reason == SLOW
        drop = drop or slow
        if not (self.closed or drop):
            self._settle()
        if self.closed:
            return
        self.closed = True
        self._watch.stop()
        self._lane.close()
        code, detail = (TRY_AGAIN, SLOW) if slow else (code, detail)
        self._link.close(code, detail, drop=drop)
        log_exceptions(self.context.copy().run, self._guest.gone, reason)

    @property
    def _outbox(self) -> Outbox:
        return self._link.outbox

    @property
    def _begun(self) -> int:
        return self._link.pieces

    def _go_on(self) -> None:
        self._link.go_on()

    def _send_ping(self) -> None:
        self._link.outbox.write(frame(PING, b""), bounded=False)

    def _end_silent(self) -> None:
        self.close(POLICY, "no pong", drop=True)

    def _settle(self) -> None:
        flusher = self.registry.flusher
        if flusher.rounds and flusher.settle(self):
            flusher.add(self._link.outbox)


def wire(*messages: str | bytes, ephemeral: bool = False) -> Wire:
    """Frame messages once, for any number of clients."""
    frames = [
        frame(TEXT, message.encode()) if isinstance(message, str) else frame(BINARY, message)
        for message in messages
    ]
    return Wire(b"".join(frames), ephemeral=ephemeral)


def accept(
    server: Host, environ: dict[str, Any], max_size: int, headers: list[tuple[str, str]]
) -> WebSocket:
    """Make a request that nothing is wrong with a WebSocket; the web server is done with it."""
    registry: Registry = server.eio.registry
    link = handshake.shake_hands(environ, registry, max_size, headers)
    found = WebSocket(registry, server.eio.generate_id(), server.context, link)
    left_to_us()
    return found
