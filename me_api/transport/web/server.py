"""The HTTP server: accepts connections within the limits, and serves them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from socket import socket as RawSocket

import eventlet

from me_api.errors import TooManyRequests
from me_api.transport.connection.addresses import AddressCounter
from me_api.transport.connection.registry import Registry
from me_api.transport.web.access_log import AccessLog
from me_api.transport.web.closing import LINGER_SECONDS
from me_api.transport.web.connection import HttpConnection
from me_api.transport.web.deadlines import DeadlineQueue
from me_api.transport.web.direct import DirectHandler
from me_api.transport.web.in_flight import InFlight
from me_api.transport.web.listener import OTHER_FILES, Listener, file_limit
from me_api.transport.web.logged_connection import LoggedConnection
from me_api.transport.web.response import prepare_error
from me_api.transport.web.response_cache import Cache, ResponseCache
from me_api.transport.web.shared import Shared
from me_api.transport.web.wsgi import Application, RequestHandler

ACCEPTS = 32
"""Connections that are accepted before others get a turn."""
TOO_MANY = TooManyRequests(
    "Too many connections come from this address.",
    code="too_many_connections",
    extra={"retry_after": 1},
)
TOO_MANY_RESPONSE = prepare_error(TOO_MANY)
Refused = Callable[[str], None]
"""Called with the code of an error that a client got from the server, not the application."""


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What a client may take its time for, in seconds, and how much of the server it may take."""

    head_seconds: float
    body_seconds: float
    idle_seconds: float
    address_share: int | None
    """Of the open files, the connections of one address may take one in so many; None if their
    address is that of a proxy."""


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How requests are answered, beside the application.

    `refused` is called with the code of each error that the application does not see.
    """

    handler: DirectHandler
    cache: Cache
    limits: HttpLimits
    refused: Refused
    access_log: AccessLog | None = None


class HttpServer:
    """Serves a WSGI application, and cacheable requests without it."""

    def __init__(
        self,
        app: Application,
        listener: Listener,
        options: HttpOptions,
        in_flight: InFlight,
        registry: Registry,
    ) -> None:
        handler, limits, refused = options.handler, options.limits, options.refused
        self._refused = refused
        self._registry = registry
        self._access_log = log = options.access_log
        self._connect = HttpConnection if log is None else partial(LoggedConnection, log)
        # Not part of the options: the limit is raised between the two.
        files = file_limit()
        self._last_file = files - OTHER_FILES
        self._per_address = limits.address_share is not None
        self._addresses = AddressCounter(files // (limits.address_share or 1))
        self.connections: set[HttpConnection] = set()
        responses = ResponseCache(handler, options.cache)
        address = listener.getsockname()[:2]
        requests = RequestHandler(
            app, responses, handler, in_flight, address, refused, registry.received
        )
        self._shared = Shared(
            cache=responses,
            in_flight=in_flight,
            idle=DeadlineQueue(limits.idle_seconds),
            heads=DeadlineQueue(limits.head_seconds),
            lingering=DeadlineQueue(LINGER_SECONDS),
            input_budget=registry.input_budget,
            output_budget=registry.output_budget,
            progress_seconds=limits.body_seconds,
            respond_at_once=requests.respond_at_once,
            respond=requests.respond,
            refused=refused,
            closed=self._closed,
        )

    def accept_connections(self, listener: Listener) -> None:
        """Accept connections until the listener is closed. The main function of a greenlet."""
        for number in count():
            try:
                sock, client = listener.accept(self._close_one_waiting)
            except OSError:
                return
            self._open(sock, client[:2])
            if not number % ACCEPTS:
                eventlet.sleep(0)

    def close_idle(self) -> None:
        """Close the connections on which no request is being served."""
        for connection in list(self.connections):
            if not connection.serving:
                connection.close()

    def _open(self, sock: RawSocket, client: tuple[str, int]) -> None:
        if self._per_address and not self._addresses.acquire(client[0]):
            self._refuse(sock, client[0])
            return
        connection = self._connect(sock, client, self._shared)
        self.connections.add(connection)
        # The lowest free number is taken, so it shows how many files are open. The new connection
        # has waited shortest: it is closed only if all others are busy.
        if sock.fileno() >= self._last_file:
            self._close_one_waiting()
        if not connection.closed:
            connection.start_reading()

    def _refuse(self, sock: RawSocket, address: str) -> None:
        self._refused(TOO_MANY.code)
        response = TOO_MANY_RESPONSE.dated()
        if self._access_log is not None:
            exchange = self._access_log.begin(b"", address)
            response = exchange.begin_response(response)
            self._access_log.end(exchange)
        # A client that is gone already needs no answer.
        with suppress(OSError):
            sock.send(response)
        sock.close()

    def _close_one_waiting(self) -> bool:
        """Close the connection that has waited longest.

        That is one whose client is to read the last response or to close its WebSocket, then one
        that waits for a head, then an idle one.
        """
        shared = self._shared
        return (
            shared.lingering.close_oldest()
            or self._registry.abort_oldest_closing()
            or shared.heads.close_oldest()
            or shared.idle.close_oldest()
        )

    def _closed(self, connection: HttpConnection) -> None:
        self.connections.discard(connection)
        if self._per_address:
            self._addresses.release(connection.client[0])
