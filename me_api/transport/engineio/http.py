"""What HTTP requests do to a session: they begin it, poll, post, and turn it into a WebSocket."""

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
    """A session as the stock server calls it for a request, and as a probe does."""

    def handle_get_request(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer a GET: a poll, or the beginning of a WebSocket."""
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            return self._accept(environ)
        return self._poll()

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take the packets of a polling POST."""
        try:
            for packet in read_packets(environ, self.server.max_http_buffer_size):
                self._wait_until_read()
                if self.closed:
                    return
                if not self.message_received(packet):
                    raise exceptions.UnknownPacketError
        except ValueError as error:
            raise exceptions.EngineIOError from error

    def open_websocket(self, environ: dict[str, Any], opening: str) -> list[bytes]:
        """Begin a session over WebSocket."""
        link = self._shake_hands(environ)
        link.write_buffer.write(frame(TEXT, opening.encode()))
        self._websocket = link
        self.connected = True
        link.start(self)
        return already_handled()

    def upgrade(self, link: WebSocketConnection) -> None:
        """Go on over WebSocket; what waited for a poll goes out first, all of it."""
        self._probe = None
        self._websocket = link
        for text in self._polling.take():
            link.write_buffer.write(frame(TEXT, text.encode()), bounded=False)
        link.owner = self

    def cancel_upgrade(self) -> None:
        """Go on polling: the WebSocket came to nothing."""
        self._probe = None

    def _accept(self, environ: dict[str, Any]) -> Any:
        if fault := handshake.find_fault(environ):
            return self.server.refuse_handshake(fault)
        if self._probe is not None:
            self._probe.websocket.close()
        self._probe = UpgradeProbe(self, self._shake_hands(environ))
        return already_handled()

    def _shake_hands(self, environ: dict[str, Any]) -> WebSocketConnection:
        return handshake.accept_handshake(environ, self.registry, self.server.max_http_buffer_size)

    def _poll(self) -> list[Packet]:
        """Wait for something to send; on the way to WebSocket nobody waits."""
        if self._probe is None or not self._probe.begun:
            patience = self.registry.ping_interval + self.registry.ping_timeout
            if not self._polling.wait(patience):
                self.close(reason=self.server.reason.TRANSPORT_ERROR)
                raise exceptions.QueueEmpty
        return [Packet(text) for text in self._polling.take() or [NOOP]]

    def _wait_until_read(self) -> None:
        while self.reading_paused and not self.closed:
            self._resumed = self._resumed or Event()
            self._resumed.wait()
