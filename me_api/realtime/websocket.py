"""Native WebSockets for features: the handshake, and every error in the envelope.

A feature negotiates the subprotocol, validates the rest of the request while an error can still be
an HTTP response, and accepts the handshake with a handler for the messages:

    class Echo(WebSocketHandler):
        def on_message(self, message: str | bytes) -> None:
            self.socket.send(message)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, TypeVar

from flask import Response, request

from me_api.auth.rate_keys import connection_keys
from me_api.errors import ApiError, BadRequest, NotSupported, UpgradeRequired, envelope
from me_api.extensions import app_extension, settings
from me_api.metrics import metrics
from me_api.rate_limits import RateKeys, rate_limiter
from me_api.realtime.admission import admission
from me_api.realtime.pending_commit import PendingCommit
from me_api.realtime.throttling import pace, throttle
from me_api.rest.origins import origins
from me_api.storage.failures import to_api_error
from me_api.transport import (
    SLOW,
    Peer,
    PreparedMessage,
    SocketIOServer,
    WebSocket,
    accept_websocket,
    broadcast,
    prepare_message,
)
from me_api.transport.websocket import handshake

__all__ = [
    "Peer",
    "PreparedMessage",
    "WebSocket",
    "WebSocketHandler",
    "accept",
    "broadcast",
    "negotiate_subprotocol",
    "prepare_message",
]

POLICY_VIOLATION = 1008
INTERNAL_ERROR = 1011
"""Close codes, RFC 6455 section 7.4.1."""

socketio_server: SocketIOServer = app_extension("socketio_server")

Kind = TypeVar("Kind")


class WebSocketHandler:
    """Handles the messages of one native WebSocket; features override the `on_` methods.

    It is made after the handshake: whatever may fail belongs into `on_open`.
    """

    limit: ClassVar[str | None] = None
    """Which of `me_api.rate_limits` applies to messages, if any."""
    pace: ClassVar[str | None] = None
    """Which of them slows down the reading of messages, if any."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self._rate_keys: RateKeys | None = None

    # Not a cached property: its dictionary would take as much memory as the rest of the handler.
    @property
    def rate_keys(self) -> RateKeys:
        """The buckets in which messages are counted."""
        if self._rate_keys is None:
            self._rate_keys = connection_keys(self.socket.address, self.socket.slot)
        return self._rate_keys

    def on_open(self) -> None:
        """Handle the opened connection. Messages are held back until this returns.

        If it raises, the connection is closed.
        """

    def on_message(self, message: str | bytes) -> PendingCommit | None:
        """Handle a message; an `ApiError` goes to `on_error`, also one of a `PendingCommit`."""
        raise NotImplementedError

    def on_error(self, body: dict[str, Any], message: str | bytes) -> None:
        """Handle the envelope of an error, and the message that caused it."""
        self.socket.send(f"Error: {'; '.join(error['detail'] for error in body['errors'])}")

    def on_close(self) -> None:
        """Handle the closed connection. Must not block."""

    def opened(self) -> None:
        """Call `on_open`; close the connection if it fails."""
        try:
            self.on_open()
        except ApiError as error:
            # What was checked before the handshake may have changed since.
            self.on_error(envelope(error), "")
            self.socket.close(POLICY_VIOLATION, error.code)
        except Exception as error:
            to_api_error(error)  # Logs it, unless the database has failed.
            self.socket.close(INTERNAL_ERROR)

    def message_received(self, message: str | bytes) -> None:
        """Call `on_message`. No error closes the connection."""
        try:
            if self.limit is not None:
                rate_limiter.check(self.limit, self.rate_keys)
            if self.pace is not None:
                pace(self.socket, self.pace, self.rate_keys)
            pending = self.on_message(message)
        except Exception as error:
            self._refuse(error, message)
            return
        if pending is not None:
            self.socket.in_flight += 1
            pending.commit(lambda _: self.socket.event_done(), partial(self._refuse_later, message))

    def _refuse_later(self, message: str | bytes, error: Exception) -> None:
        try:
            self._refuse(error, message)
        finally:
            self.socket.event_done()

    def _refuse(self, error: Exception, message: str | bytes) -> None:
        refusal = error if isinstance(error, ApiError) else to_api_error(error)
        if refusal is error:
            throttle(self.socket, self.rate_keys, refusal)
        self.on_error(envelope(refusal), message)

    def connection_lost(self, reason: str) -> None:
        """Call `on_close`, and count slow clients."""
        if reason == SLOW:
            metrics.slow["websocket"].inc()
        self.on_close()


def negotiate_subprotocol(kinds: Mapping[str, Kind], default: Kind) -> tuple[Kind, dict[str, str]]:
    """Validate this request's handshake, and choose the first offered subprotocol that is known.

    Returns the choice (the default if none is offered) and the response header for it. Raises
    `UpgradeRequired`, `BadRequest`, `NotSupported` under another WSGI server, `Forbidden`, or
    `TooManyRequests` if the address opens too many connections.
    """
    fault = handshake.find_fault(request.environ)
    if fault is not None and fault.status == UpgradeRequired.status:
        raise UpgradeRequired(fault.detail)
    if fault is not None:
        raise BadRequest(fault.detail, code="bad_handshake")
    if "me_api.detach" not in request.environ:
        raise NotSupported("WebSockets need the server that app.py starts.")
    # CORS does not apply to WebSockets.
    origins.check(request.environ)
    admission.check(request.remote_addr)
    offered = handshake.offered_subprotocols(request.environ)
    for name in offered:
        if name in kinds:
            return kinds[name], {"Sec-WebSocket-Protocol": name}
    if offered:
        raise BadRequest(f"Known here are: {', '.join(kinds)}.", code="unknown_protocol")
    return default, {}


def accept(make: Callable[[WebSocket], WebSocketHandler], headers: Mapping[str, str]) -> Response:
    """Accept this request's handshake, and pass what is received to the handler that is made."""
    max_size = settings.websocket_max_bytes
    socket = accept_websocket(socketio_server, request.environ, max_size, list(headers.items()))
    socket.open(make(socket))
    return Response(status=101)
