"""An Engine.IO session: what it is sent and what it receives, over polling or WebSocket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventlet.green.threading import Event

from me_api.transport.frames import NORMAL, TEXT, TRY_AGAIN, frame
from me_api.transport.link import Link
from me_api.transport.loop import guarded
from me_api.transport.outbox import Outbox
from me_api.transport.parcel import CLOSE, MESSAGE, NOOP, PING, PONG, UPGRADE, Parcel
from me_api.transport.polling import Polling
from me_api.transport.probe import Probe

if TYPE_CHECKING:
    from me_api.transport.engine import Engine

SLOW = "slow"
"""Why a connection was closed that did not take what was sent to it."""
IN_FLIGHT = 256
"""Events of one connection that may wait; with more it is not read until some are answered."""


class Session:
    """One Engine.IO session; how requests begin and feed it is in `requests`."""

    def __init__(self, server: Engine, sid: str) -> None:
        self.server = server
        self.sid = sid
        self.session: dict[str, Any] = {}
        self.connected = False
        self.closed = False
        self.in_flight = 0
        self._watch = server.pings.watch(self)
        self._link: Link | None = None
        self._probe: Probe | None = None
        self._polling = Polling(server.outbox_bytes)
        self._freed: Event | None = None

    @property
    def upgraded(self) -> bool:
        """Whether it speaks WebSocket."""
        return self._link is not None

    @property
    def busy(self) -> bool:
        """Whether so many events wait to be answered that no more are read."""
        return self.in_flight >= IN_FLIGHT

    def event_done(self) -> None:
        """Note that an event was answered."""
        self.in_flight -= 1
        if self.in_flight == IN_FLIGHT // 2:
            if self._link is not None:
                self._link.go_on()
            self._tell_free()

    def push(self, parcel: Parcel, *, urgent: bool = False) -> None:
        """Send messages that were encoded before; over the bound the connection is closed."""
        self._settle()
        link = self._link
        if link is not None:
            if not link.outbox.write(parcel.wire, urgent=urgent):
                self.close(reason=SLOW)
        elif not self.closed and not self._polling.write(parcel):
            self.close(reason=SLOW)

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
        """Send one packet, such as a ping."""
        if self._link is not None:
            self._link.outbox.write(frame(TEXT, text.encode()))
        else:
            self._polling.write_text(text)

    def send(self, packet: Any) -> None:
        """Send a packet of the stock server's."""
        self.send_text(packet.encode())

    @property
    def waiting(self) -> int:
        """How many bytes wait to leave."""
        self._settle()
        return self._outbox.size

    def drained(self) -> bool:
        """Wait until all that was sent has left; False when the connection closed."""
        while self.waiting and not self.closed:
            self._outbox.wait_empty()
        return not self.closed

    def receive(self, data: str | bytes) -> bool:
        """Take a packet from the client; one that is none of Engine.IO ends the connection.

        Tells whether it was one.
        """
        kind, rest = (MESSAGE, data) if isinstance(data, bytes) else (data[:1], data[1:])
        if kind == MESSAGE:
            self.server.handlers["message"](self.sid, rest)
        elif kind == PONG:
            self.server.pings.pong(self._watch)
        elif kind == CLOSE:
            self.close(reason=self.server.reason.CLIENT_DISCONNECT)
        elif kind not in (PING, UPGRADE, NOOP):
            self.close(reason=self.server.reason.TRANSPORT_ERROR)
            return False
        return True

    def ping(self) -> None:
        """Send a ping."""
        self.send_text(PING)

    def silent(self) -> None:
        """End the session: the client has not answered a ping."""
        self.close(reason=self.server.reason.PING_TIMEOUT)

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
        guarded(self.server.handlers["disconnect"], self.sid, reason)
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
        """Queue what this one is still to get with many others, before anything newer."""
        flusher = self.server.flusher
        if flusher.rounds and flusher.settle(self) and self._link is not None:
            flusher.add(self._link.outbox)

    def _tell_free(self) -> None:
        if self._freed is not None:
            self._freed.set()
            self._freed = None
