"""What HTTP requests do to a session: open it, poll, post, and upgrade it to WebSocket."""

from __future__ import annotations

from typing import Any

from engineio import exceptions
from eventlet.green.threading import Event

from me_api.transport.engineio.packets import NOOP, Packet
from me_api.transport.engineio.polling import read_packets
from me_api.transport.engineio.session import Session
from me_api.transport.engineio.upgrade import UpgradeProbe
from me_api.transport.web.hijack import already_handled
from me_api.transport.websocket import handshake
from me_api.transport.websocket.connection import WebSocketConnection
from me_api.transport.websocket.frames import TEXT, frame


class HttpSession(Session):
    """A session with the methods that the stock server calls for a request."""

    def handle_get_request(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Respond to a GET: a poll, or a WebSocket handshake."""
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            return self._start_upgrade(environ)
        return self._poll()

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Process the packets of a POST, as fast as the client takes the responses."""
        try:
            for packet in read_packets(environ, self.server.max_http_buffer_size):
                self._wait_until_resumed()
                if self.closed:
                    return
                if not self.message_received(packet):
                    raise exceptions.UnknownPacketError
        except ValueError as error:
            raise exceptions.EngineIOError from error

    def open_websocket(self, environ: dict[str, Any], open_packet: str) -> list[bytes]:
        """Open the session over WebSocket."""
        websocket = self._accept_handshake(environ)
        websocket.write_buffer.write(frame(TEXT, open_packet.encode()))
        self.use_websocket(websocket)
        self.connected = True
        websocket.start(self)
        return already_handled()

    def upgrade(self, websocket: WebSocketConnection) -> None:
        """Replace polling by a WebSocket, and send what waited for a poll, regardless of limits."""
        self._probe = None
        self.use_websocket(websocket)
        for text in self._polling.take():
            websocket.write_buffer.write(frame(TEXT, text.encode()), bounded=False)
        websocket.owner = self

    def cancel_upgrade(self) -> None:
        """Continue polling, since the WebSocket was closed before the upgrade."""
        self._probe = None

    def _start_upgrade(self, environ: dict[str, Any]) -> Any:
        if fault := handshake.find_fault(environ):
            return self.server.refuse_handshake(fault)
        if self._probe is not None:
            self._probe.websocket.close()
        self._probe = UpgradeProbe(self, self._accept_handshake(environ))
        return already_handled()

    def _accept_handshake(self, environ: dict[str, Any]) -> WebSocketConnection:
        return handshake.accept_handshake(environ, self.registry, self.server.max_http_buffer_size)

    def _poll(self) -> list[Packet]:
        # During an upgrade a poll returns at once: the client upgrades when its poll has ended.
        if self._probe is None or not self._probe.begun:
            timeout = self.registry.ping_interval + self.registry.ping_timeout
            if not self._polling.wait(timeout):
                self.close(reason=self.server.reason.TRANSPORT_ERROR)
                raise exceptions.QueueEmpty
        return [Packet(text) for text in self._polling.take() or [NOOP]]

    def _wait_until_resumed(self) -> None:
        while self.reading_paused and not self.closed:
            self._resumed = self._resumed or Event()
            self._resumed.wait()
