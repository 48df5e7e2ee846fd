"""What HTTP requests do to a session: they begin it, poll, post, and turn it into a WebSocket."""

from __future__ import annotations

from typing import Any

from engineio import exceptions
from eventlet.green.threading import Event

from me_api.transport.engineio.packets import NOOP, Packet
from me_api.transport.engineio.polling import posted
from me_api.transport.engineio.session import Session
from me_api.transport.engineio.upgrade import Probe
from me_api.transport.web.hijack import left_to_us
from me_api.transport.websocket import handshake
from me_api.transport.websocket.connection import Link
from me_api.transport.websocket.frames import TEXT, frame


class Socket(Session):
    """A session as the stock server calls it for a request, and as a probe does."""

    def handle_get_request(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer a GET: a poll, or the beginning of a WebSocket."""
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            return self._accept(environ)
        return self._poll()

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take the packets of a polling POST."""
        try:
            for packet in posted(environ, self.server.max_http_buffer_size):
                self._wait_free()
                if self.closed:
                    return
                if not self.receive(packet):
                    raise exceptions.UnknownPacketError
        except ValueError as error:
            raise exceptions.EngineIOError from error

    def open_websocket(self, environ: dict[str, Any], opening: str) -> list[bytes]:
        """Begin a session over WebSocket."""
        link = self._shake_hands(environ)
        link.outbox.write(frame(TEXT, opening.encode()))
        self._link = link
        self.connected = True
        link.start(self)
        return left_to_us()

    def upgrade(self, link: Link) -> None:
        """Go on over WebSocket; what waited for a poll goes out first, all of it."""
        self._probe = None
        self._link = link
        for text in self._polling.take():
            link.outbox.write(frame(TEXT, text.encode()), bounded=False)
        link.owner = self

    def give_up_probe(self) -> None:
        """Go on polling: the WebSocket came to nothing."""
        self._probe = None

    def _accept(self, environ: dict[str, Any]) -> Any:
        if fault := handshake.fault(environ):
            return self.server.no_handshake(fault)
        if self._probe is not None:
            self._probe.link.close()
        self._probe = Probe(self, self._shake_hands(environ))
        return left_to_us()

    def _shake_hands(self, environ: dict[str, Any]) -> Link:
        return handshake.shake_hands(environ, self.registry, self.server.max_http_buffer_size)

    def _poll(self) -> list[Packet]:
        """Wait for something to send; on the way to WebSocket nobody waits."""
        if self._probe is None or not self._probe.begun:
            patience = self.registry.ping_interval + self.registry.ping_timeout
            if not self._polling.wait(patience):
                self.close(reason=self.server.reason.TRANSPORT_ERROR)
                raise exceptions.QueueEmpty
        return [Packet(text) for text in self._polling.take() or [NOOP]]

    def _wait_free(self) -> None:
        while self.busy and not self.closed:
            self._freed = self._freed or Event()
            self._freed.wait()
