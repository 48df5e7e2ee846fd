"""Accepting connections, and accepting none for a while."""

from __future__ import annotations

import logging
from typing import Any

import eventlet

from me_api.transport.web.listener import Listener, listen
from me_api.transport.web.server import HttpServer

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
"""Seconds between two attempts to listen again, and to close what has become idle."""


class Reception:
    """The listening socket, and the greenlet that accepts connections.

    A server that can serve nobody closes it: balancers take that for the end of the server, and
    clients go to other nodes.
    """

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self._address: tuple[str, int] = listener.getsockname()[:2]
        self._accepting: Any = None
        self._server: HttpServer | None = None
        self._is_closed = False
        self._is_ended = False

    def start(self, server: HttpServer) -> None:
        """Accept connections from now on."""
        self._server = server
        self._accepting = eventlet.spawn(server.accept_connections, self.listener)

    def close(self) -> None:
        """Accept no connections until `open` is called; close those without a request."""
        if not self._is_closed:
            self._is_closed = True
            self._stop_accepting()
            eventlet.spawn(self._close_idle)

    def open(self) -> None:
        """Accept connections again; if another process has the address, as soon as possible."""
        if self._is_closed and not self._is_ended:
            self._is_closed = False
            eventlet.spawn(self._open)

    def end(self) -> None:
        """Accept no connections any longer."""
        self._is_ended = self._is_closed = True
        self._stop_accepting()

    def _stop_accepting(self) -> None:
        self.listener.close()
        if self._accepting is not None:
            self._accepting.kill()

    def _open(self) -> None:
        while not self._is_closed:
            try:
                self.listener = listen(*self._address)
            except OSError as error:
                logger.warning("the server cannot listen yet: %s", error)
                eventlet.sleep(RETRY_SECONDS)
            else:
                assert self._server is not None
                self.start(self._server)
                return

    def _close_idle(self) -> None:
        # A balancer would otherwise go on to use the connections that it keeps.
        assert self._server is not None
        while self._is_closed and not self._is_ended:
            self._server.close_idle()
            eventlet.sleep(RETRY_SECONDS)
