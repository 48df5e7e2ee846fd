"""One HTTP connection, on eventlet's WSGI server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from io import BufferedReader
from socket import socket as RawSocket
from typing import Any

import eventlet
import eventlet.wsgi
from eventlet import patcher

from me_api.transport.web import body_length
from me_api.transport.web.cacheable import CacheableHandler
from me_api.transport.web.disconnect import DisconnectWatcher
from me_api.transport.web.fast_path import FastPath, PushbackReader
from me_api.transport.web.in_flight import InFlight
from me_api.transport.web.response_cache import ResponseCache

DISCARD_SECONDS = 2.0
"""How long the rest of a refused body is read before the connection is closed."""


class HttpProtocol(eventlet.wsgi.HttpProtocol):
    """Serves one connection, which a request may take over (`environ["me_api.detach"]`)."""

    detached = False

    def __init__(
        self,
        handler: CacheableHandler,
        cache: ResponseCache,
        busy: InFlight,
        conn_state: Any,
        server: Any,
    ) -> None:
        self._busy = busy
        self._doorstep = FastPath(conn_state[1], handler, cache)
        super().__init__(conn_state, server)

    def setup(self) -> None:
        """Let what the doorstep has read be read again."""
        super().setup()
        self._ahead = PushbackReader(self.rfile.detach())
        self.rfile: Any = BufferedReader(self._ahead)

    def handle_one_request(self) -> None:
        """Serve what the doorstep leaves to the web server."""
        if self._ahead.is_empty(self.rfile):
            begun = self._doorstep.next_request()
            if begun is None:
                self.close_connection = True
                return
            self._ahead.push(begun)
        with self._busy.request():
            super().handle_one_request()
        if self._busy.stopping:
            self.close_connection = True

    def parse_request(self) -> bool:
        """Read a head; refuse one that leaves in doubt where its request ends."""
        if not super().parse_request():
            return False
        if detail := body_length.find_fault(self.headers):
            self.wfile.write(body_length.encode_refusal(detail))
            self.close_connection = True
            return False
        return True

    def get_environ(self) -> dict[str, Any]:
        """Offer the connection to the request; tell its version, which eventlet does not."""
        environ: dict[str, Any] = super().get_environ()
        environ["SERVER_PROTOCOL"] = self.request_version
        # eventlet ends the stream of a chunked body, but does not set the flag without which
        # Werkzeug reads no body of unknown length.
        if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
            environ["wsgi.input_terminated"] = True
        environ["me_api.detach"] = self.detach
        environ["me_api.hangup"] = self.watch
        return environ

    def watch(self, gone: Callable[[], None]) -> Callable[[], None]:
        """Call `gone` when the client closes the connection, until what this gives is called."""
        return DisconnectWatcher(self.connection.fd, gone).stop

    def detach(self) -> RawSocket:
        """Give the connection away; the web server will neither use nor close it any more."""
        self.detached = True
        self.conn_state[1] = _DetachedSocket()
        # The web server's own socket object closes what it still holds when it is collected.
        raw: RawSocket = patcher.original("socket").socket(fileno=self.connection.fd.detach())
        raw.setblocking(False)
        return raw

    def finish(self) -> None:
        """End the connection, if it is still ours."""
        if not self.detached:
            self._read_rest()
            super().finish()

    def _read_rest(self) -> None:
        """Read what is left of a body that was refused, or its sender would never see why."""
        body = getattr(self, "environ", {}).get("eventlet.input")
        if body is None or body.position >= (body.content_length or 0):
            return
        with suppress(OSError), eventlet.Timeout(DISCARD_SECONDS, False):
            body.discard()


class _DetachedSocket:
    """Stands where the web server looks for a socket to close."""

    def shutdown(self, how: int) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
