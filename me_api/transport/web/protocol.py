"""One HTTP connection on eventlet's WSGI server."""

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
"""Time for which the rest of an unread body is discarded before the connection is closed."""


class HttpProtocol(eventlet.wsgi.HttpProtocol):
    """Serves one connection; a request can hijack it with `environ["me_api.detach"]`."""

    detached = False

    def __init__(
        self,
        handler: CacheableHandler,
        cache: ResponseCache,
        in_flight: InFlight,
        conn_state: Any,
        server: Any,
    ) -> None:
        self._in_flight = in_flight
        self._fast_path = FastPath(conn_state[1], handler, cache)
        # Serves the whole connection before it returns, so it comes last.
        super().__init__(conn_state, server)

    def setup(self) -> None:
        super().setup()
        # What the fast path has read, but does not respond to, is pushed back.
        self._pushback = PushbackReader(self.rfile.detach())
        self.rfile: Any = BufferedReader(self._pushback)

    def handle_one_request(self) -> None:
        """Serve the next request that the fast path does not handle."""
        # A pipelined request may be in the buffer already, where the fast path does not see it.
        if self._pushback.is_empty(self.rfile):
            data = self._fast_path.next_request()
            if data is None:
                self.close_connection = True
                return
            self._pushback.push_back(data)
        with self._in_flight.request():
            super().handle_one_request()
        if self._in_flight.stopping:
            self.close_connection = True

    def parse_request(self) -> bool:
        """Parse a request head; refuse a request whose body ends ambiguously."""
        if not super().parse_request():
            return False
        if detail := body_length.find_fault(self.headers):
            self.wfile.write(body_length.encode_bad_request(detail))
            self.close_connection = True
            return False
        return True

    def get_environ(self) -> dict[str, Any]:
        """Return the WSGI environment, completed."""
        environ: dict[str, Any] = super().get_environ()
        # eventlet sets HTTP/1.0, whatever the request has.
        environ["SERVER_PROTOCOL"] = self.request_version
        # eventlet ends the stream of a chunked body, but does not set the flag without which
        # Werkzeug reads no body of unknown length.
        if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
            environ["wsgi.input_terminated"] = True
        environ["me_api.detach"] = self.detach
        environ["me_api.watch_disconnect"] = self.watch_disconnect
        return environ

    def watch_disconnect(self, on_disconnect: Callable[[], None]) -> Callable[[], None]:
        """Call `on_disconnect` in the hub when the client disconnects; return how to stop that."""
        return DisconnectWatcher(self.connection.fd, on_disconnect).stop

    def detach(self) -> RawSocket:
        """Return the raw socket, which the web server will neither use nor close any more."""
        self.detached = True
        self.conn_state[1] = _DetachedSocket()
        # A new socket object for the file descriptor: the web server's own closes what it holds
        # when it is garbage-collected.
        raw: RawSocket = patcher.original("socket").socket(fileno=self.connection.fd.detach())
        raw.setblocking(False)
        return raw

    def finish(self) -> None:
        """Close the connection, unless it was hijacked."""
        if not self.detached:
            self._discard_body()
            super().finish()

    def _discard_body(self) -> None:
        """Read what is left of the body of a refused request, for a limited time."""
        # Closing a socket with unread data resets the connection, and a client that is still
        # sending would lose the response.
        body = getattr(self, "environ", {}).get("eventlet.input")
        if body is None or body.position >= (body.content_length or 0):
            return
        with suppress(OSError), eventlet.Timeout(DISCARD_SECONDS, False):
            body.discard()


class _DetachedSocket:
    """Takes the place of a detached socket, so that the web server does not close that."""

    def shutdown(self, how: int) -> None:
        pass

    def close(self) -> None:
        pass
