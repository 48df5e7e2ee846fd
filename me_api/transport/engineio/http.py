"""What HTTP requests do to a session: open it, poll, post, and upgrade it to WebSocket."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import Any

from eventlet import sleep
from eventlet.green.threading import Event

from me_api.errors import BadRequest, ContentTooLarge
from me_api.transport.engineio.packets import NOOP, ProtocolError
from me_api.transport.engineio.polling import SEPARATOR, read_packets
from me_api.transport.engineio.session import Session, SessionServer
from me_api.transport.engineio.upgrade import UpgradeProbe
from me_api.transport.websocket import handshake
from me_api.transport.websocket.connection import TURN_SECONDS, WebSocketConnection
from me_api.transport.websocket.frames import PROTOCOL_ERROR, TEXT, frame

MOST_LATENESS = 0.1
"""Of the time for a pong, so much at most does not count from when the ping is sent."""


class HttpSession(Session):
    """A session, and the requests that reach it over HTTP."""

    __slots__ = ("_poll_waits", "_pong_due", "_posting")

    def __init__(self, server: SessionServer, sid: str, address: str) -> None:
        super().__init__(server, sid, address)
        self._poll_waits = False
        self._posting = False
        self._pong_due = 0.0

    def open_websocket(self, environ: dict[str, Any], open_packet: str) -> None:
        """Open the session over WebSocket."""
        websocket = self._accept_handshake(environ)
        websocket.write_buffer.write(frame(TEXT, open_packet.encode()))
        self.use_websocket(websocket)
        websocket.start(self)

    def start_upgrade(self, environ: dict[str, Any]) -> None:
        """Accept the handshake of a WebSocket to which the session is to be upgraded.

        It is closed if the session uses another one.
        """
        websocket = self._accept_handshake(environ)
        if self.upgraded:
            # Not refused with 400: the protocol's test suite expects no error, and fails on any.
            websocket.close(PROTOCOL_ERROR, "The session uses another WebSocket.")
            return
        if self._probe is not None:
            self._probe.websocket.close()
        self._probe = UpgradeProbe(self, websocket)

    def check_upgraded(self) -> None:
        """Raise `BadRequest` if polls and POSTs are of no use: the session uses a WebSocket."""
        if self.upgraded:
            raise BadRequest("The session uses its WebSocket.", code="unknown_session")

    def upgrade(self, websocket: WebSocketConnection) -> None:
        """Replace polling by a WebSocket, and send what waited for a poll, regardless of limits."""
        self._probe = None
        self.use_websocket(websocket)
        for text in self._polling.take_all():
            websocket.write_buffer.write(frame(TEXT, text.encode()), bounded=False)
        websocket.owner = self

    def cancel_upgrade(self) -> None:
        """Continue polling, since the WebSocket was closed before the upgrade."""
        self._probe = None

    def release_poll(self) -> None:
        """End the poll that waits, if any, since the session is about to be upgraded."""
        self._polling.release()

    def poll(self, environ: dict[str, Any]) -> bytes:
        """Return the payload of a poll: the next packets, or NOOP. Waits until there are some.

        Raises `BadRequest` if another poll waits, or if the session has been upgraded before. If
        the client disconnects, the session is closed.
        """
        if self._poll_waits:
            self._refuse("Two polls at once.")
        self._poll_waits = True
        stop_watching = environ["me_api.watch_disconnect"](self.connection_lost)
        try:
            _poll_sockets()
            # "5" may have been sent before the request, and is received only now.
            self.check_upgraded()
            if not self._is_upgrading:
                self._polling.wait()
        finally:
            self._poll_waits = False
            stop_watching()
        packets = self._polling.take() or [NOOP]
        self.count_taken()
        return SEPARATOR.join(packets).encode()

    def check_pong(self) -> None:
        """Close the session if its pong is overdue, by less than the keepalive has noticed."""
        if self._ping_state.awaiting and monotonic() >= self._pong_due:
            self.ping_timed_out()

    def deliver(self, payload: bytes) -> Iterator[bytes]:
        """Yield the payload of a poll as the body of its response.

        The session is closed if the web server cannot send it: its packets would be missing.
        """
        delivered = False
        try:
            yield payload
            delivered = True
        finally:
            if not delivered:
                self.connection_lost()

    def post(self, environ: dict[str, Any]) -> None:
        """Process the packets of a POST, as fast as the client takes the responses.

        Raises `BadRequest` or `ContentTooLarge`, and closes the session, if they are not all read.
        """
        if self._posting:
            self._refuse("Two POSTs at once.")
        self._posting = True
        try:
            self._read(environ)
        except ContentTooLarge as error:
            self.fail(error.detail)
            raise
        finally:
            self._posting = False
        if self.violation is not None:
            self._refuse(self.violation)

    @property
    def _is_upgrading(self) -> bool:
        """Whether polls return at once: the client upgrades when its poll has ended."""
        return self._probe is not None and self._probe.begun

    def _send_ping(self) -> None:
        timeout = self.registry.ping_timeout
        self._pong_due = monotonic() + timeout
        if not self._poll_waits:
            # The client would not have received it sooner. It may count from the time at which
            # pings are due, as the protocol's test suite does, and a busy server send them later.
            self._pong_due -= min(self.registry.keepalive.lateness, timeout * MOST_LATENESS)
        super()._send_ping()

    def _read(self, environ: dict[str, Any]) -> None:
        try:
            end = monotonic() + TURN_SECONDS
            for packet in read_packets(environ, self.server.max_http_buffer_size):
                if monotonic() >= end:
                    sleep(0)  # The hub serves the other connections first.
                    end = monotonic() + TURN_SECONDS
                self._wait_until_resumed()
                if self.closed:
                    return
                self.message_received(packet)
        except ProtocolError as error:
            self.fail(str(error))

    def _refuse(self, violation: str) -> None:
        self.fail(violation)
        raise BadRequest(violation, code="protocol_violation")

    def _accept_handshake(self, environ: dict[str, Any]) -> WebSocketConnection:
        return handshake.accept_handshake(environ, self.registry, self.server.max_http_buffer_size)

    def _wait_until_resumed(self) -> None:
        while self.reading_paused and not self.closed:
            self._resumed = self._resumed or Event()
            self._resumed.wait()


def _poll_sockets() -> None:
    """Wait until the hub has polled its sockets, so that a client that is gone is noticed."""
    # The hub polls between two rounds of timers, and this may have been called from either side.
    sleep(0)
    sleep(0)
