"""The door of native WebSockets: the handshake, and every error in the one envelope.

A feature asks `choose` under which subprotocol a client is served, checks the rest while an error
can still be answered with a status, and calls `welcome` with what becomes of the client's messages:

    class Echo(Guest):
        def take(self, message: str | bytes) -> None:
            self.socket.send(message)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from flask import Response, current_app, request

from me_api.config import Settings
from me_api.errors import ApiError, BadRequest, Forbidden, UpgradeRequired, envelope
from me_api.extensions import socketio
from me_api.metrics import metrics
from me_api.rate_limits import rate_limiter
from me_api.storage.failures import to_api_error
from me_api.transport import (
    SLOW,
    Peer,
    PreparedMessage,
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

INTERNAL_ERROR = 1011
"""The close code for a fault of the server."""

Kind = TypeVar("Kind")


class WebSocketHandler:
    """Who has come to a native WebSocket, until they go."""

    limit: ClassVar[str | None] = None
    """The rule of `me_api.rate_limits` for messages."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket

    def on_open(self) -> None:
        """Hear that the connection is open; messages are held back until this returns."""

    def on_message(self, message: str | bytes) -> None:
        """Take a message; an `ApiError` is told to the client."""
        raise NotImplementedError

    def on_error(self, body: dict[str, Any], message: str | bytes) -> None:
        """Tell the client what was wrong with a message."""
        self.socket.send(f"Error: {'; '.join(error['detail'] for error in body['errors'])}")

    def on_close(self) -> None:
        """Hear that the connection has ended. Never waits."""

    def opened(self) -> None:
        """Let the guest arrive."""
        try:
            self.on_open()
        except Exception as error:
            to_api_error(error)
            self.socket.close(INTERNAL_ERROR)

    def message_received(self, message: str | bytes) -> None:
        """Have a message dealt with; whatever is wrong with it, the connection stays."""
        try:
            if self.limit is not None:
                rate_limiter.check(self.limit, self.socket.sid)
            self.on_message(message)
        except ApiError as error:
            self.on_error(envelope(error), message)
        except Exception as error:
            self.on_error(envelope(to_api_error(error)), message)

    def connection_lost(self, reason: str) -> None:
        """Let the guest go."""
        if reason == SLOW:
            metrics.slow.inc()
        self.on_close()


def negotiate_subprotocol(kinds: Mapping[str, Kind], default: Kind) -> tuple[Kind, dict[str, str]]:
    """Check this request's handshake; choose by the first subprotocol that is known.

    Gives what was chosen, and the header that tells the client so; without any offered, the
    default. Raises `UpgradeRequired`, `BadRequest` or `Forbidden`.
    """
    fault = handshake.find_fault(request.environ)
    if fault is not None and fault.status == UpgradeRequired.status:
        raise UpgradeRequired(fault.detail)
    if fault is not None:
        raise BadRequest(fault.detail, code="bad_handshake")
    _check_origin()
    offered = handshake.offered_subprotocols(request.environ)
    for name in offered:
        if name in kinds:
            return kinds[name], {"Sec-WebSocket-Protocol": name}
    if offered:
        raise BadRequest(f"Known here are: {', '.join(kinds)}.", code="unknown_protocol")
    return default, {}


def accept(make: Callable[[WebSocket], WebSocketHandler], headers: Mapping[str, str]) -> Response:
    """Answer this request's handshake; what the client sends is its guest's from now on."""
    settings: Settings = current_app.config["SETTINGS"]
    most = settings.websocket_max_bytes
    socket = accept_websocket(socketio.server, request.environ, most, list(headers.items()))
    socket.open(make(socket))
    return Response(status=101)


def _check_origin() -> None:
    """Refuse the pages of other origins than those that may call; programs name none."""
    origin, settings = request.headers.get("Origin"), current_app.config["SETTINGS"]
    if origin is None or "*" in settings.cors_origins or origin in settings.cors_origins:
        return
    # Cut, not parsed: it need not be an address, and urlsplit raises for what is none.
    if origin.partition("://")[2] != request.host:
        raise Forbidden(f"Pages of {origin[:200]} may not connect.", code="foreign_origin")
