"""Handling what clients send on Socket.IO: connecting, events with their errors, disconnecting."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask_socketio import ConnectionRefusedError

from me_api.auth.rate_keys import connection_keys
from me_api.errors import (
    ApiError,
    Invalid,
    NotFound,
    StorageUnavailable,
    TooManyRequests,
    envelope,
)
from me_api.metrics import metrics
from me_api.rate_limits import rate_limiter
from me_api.realtime.auth_payload import NewToken
from me_api.realtime.connection import Connection
from me_api.realtime.connections import connections
from me_api.realtime.namespace import Namespace
from me_api.realtime.pending_commit import PendingCommit
from me_api.realtime.throttling import throttle
from me_api.realtime.token_watch import token_watch
from me_api.storage.failures import to_api_error
from me_api.transport import (
    CLIENT_DISCONNECT,
    SLOW,
    ConnectResult,
    HandlerResult,
    LaterResult,
    Peer,
)

Refused = Callable[[Connection, ApiError], None]
"""Is called with the error that an event is answered with."""


def authenticate(connection: Connection, body: NewToken) -> Any:
    """Replace the token of the connection, before or after it has expired."""
    token_watch.renew(connection, body.token)
    # What is sent to clients unasked, such as the lobby in `/`, is sent again.
    topics = connection.namespace.initial_topics(0)
    for name in connection.namespace.readable_topics(topics, connection.identity):
        connection.grant(name)
    return {"data": {"user": connection.identity.user_info}}


def single_argument(args: tuple[Any, ...]) -> Any:
    """Return the only argument of an event, or an empty object; raise `Invalid` for more."""
    if len(args) > 1:
        raise Invalid([(None, "One object is expected, and nothing after it.")])
    return args[0] if args and args[0] is not None else {}


def connect(namespace: Namespace, peer: Peer, auth: Any) -> ConnectResult:
    """Authenticate a client; a refusal is sent as `connect_error` with `data.code`."""
    try:
        rate_limiter.check_address("connect", peer.socket.address)
        accept = connections.connect if namespace.recovers else connections.connect_stateless
        return accept(peer, namespace.for_client(peer, auth), namespace.read_auth(auth))
    except ApiError as error:
        throttle(peer.socket, connection_keys(peer.socket.address, peer.socket.slot), error)
        refusal = error
    except Exception as error:
        refusal = to_api_error(error)
    passing = isinstance(refusal, StorageUnavailable | TooManyRequests)
    if passing and isinstance(auth, dict) and "pid" in auth:
        # The stock client takes a connect_error for final. A client that reconnects while the disk
        # fails, or too fast, is disconnected instead, so that it retries with backoff until it is
        # accepted.
        peer.drop()
    body = envelope(refusal)
    raise ConnectionRefusedError(body["errors"][0]["detail"], {**body["errors"][0], **body})


def disconnect(peer: Peer, reason: str) -> None:
    """Remove a client; count it if it was disconnected because it did not read."""
    connections.disconnect(peer, explicit=reason == CLIENT_DISCONNECT)
    if reason == SLOW:
        metrics.slow["socketio"].inc()


def respond(
    handle: Callable[[Connection, tuple[Any, ...]], Any],
    peer: Peer,
    args: tuple[Any, ...],
    refused: Refused | None = None,
) -> HandlerResult | LaterResult:
    """Call a handler; every exception becomes an acknowledgement in the envelope."""
    connection = connections.by_peer[peer]
    try:
        ack = handle(connection, args)
    except Exception as error:
        ack = _refuse(connection, error, refused)
    if isinstance(ack, PendingCommit):
        return LaterResult(partial(_store, connection, ack, refused))
    return ack if isinstance(ack, HandlerResult) else HandlerResult(ack)


def _store(
    connection: Connection,
    pending: PendingCommit,
    refused: Refused | None,
    acknowledge: Callable[[Any], None],
) -> None:
    """Commit the change of an event, then acknowledge the event."""
    pending.commit(acknowledge, lambda error: acknowledge(_refuse(connection, error, refused)))


def _refuse(connection: Connection, error: Exception, refused: Refused | None) -> dict[str, Any]:
    """Return the envelope of an error, for which the client may be throttled."""
    refusal = error if isinstance(error, ApiError) else to_api_error(error)
    if refusal is error:
        throttle(connection.peer.socket, connection.rate_keys, refusal)
    if refused is not None:
        refused(connection, refusal)
    return envelope(refusal)


def unknown(connection: Connection, args: tuple[Any, ...]) -> Any:
    """Refuse an event that the namespace does not have, or that could not be read."""
    # The transport passes an event that it could not read, or does not accept, as its error.
    if isinstance(args[0], ApiError):
        raise args[0]
    name = str(args[0])[:80]
    raise NotFound(f"There is no event {name!r} here.", code="unknown_event")
