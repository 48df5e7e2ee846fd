"""Socket.IO events: how features declare what clients send and what the server sends.

A feature describes its namespace (`Namespace`), registers it, and declares its events:

    @event("/chat", "post", Post, ack=Data[Message])
    def post(connection: Connection, body: Post) -> Any:
        return {"data": …}

    emits("/chat", "message", Message, "A message in its current state.", position=True)

The body arrives validated, and the return value acknowledges the event. If something must follow
the acknowledgement on the wire, return `HandlerResult(ack, then)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

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
from me_api.extensions import socketio
from me_api.metrics import metrics
from me_api.rate_limits import rate_limiter
from me_api.realtime.auth_payload import NewToken
from me_api.realtime.connection import Connection
from me_api.realtime.connections import connections
from me_api.realtime.namespace import Namespace
from me_api.realtime.schemas import Authenticated, BannedFrom, Closing, Notice
from me_api.realtime.throttling import pace, throttle
from me_api.realtime.token_watch import token_watch
from me_api.storage.failures import to_api_error
from me_api.transport import CLIENT_DISCONNECT, SLOW, ConnectResult, HandlerResult, Peer
from me_api.validation import Data, NoFields, validate

# What a feature needs; features do not import the transport.
__all__ = ["CLIENT_EVENTS", "NAMESPACES", "SERVER_EVENTS", "Connection", "HandlerResult"]
__all__ += ["Namespace", "emits", "event", "register", "single_argument"]

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class ClientEvent:
    """An event that clients send, as the AsyncAPI document describes it."""

    schema: Any
    ack: Any
    summary: str


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """An event that the server sends; if `position`, its rev follows as a string."""

    schema: Any
    summary: str
    position: bool = False


CLIENT_EVENTS: dict[tuple[str, str], ClientEvent] = {}
"""By namespace and name."""
SERVER_EVENTS: dict[tuple[str, str], ServerEvent] = {}
"""By namespace and name."""
NAMESPACES: dict[str, Namespace] = {}


def event(
    namespace: str,
    name: str,
    schema: Any = NoFields,
    *,
    ack: Any,
    limit: str | None = None,
    read: Callable[[tuple[Any, ...]], Any] | None = None,
    refused: Callable[[Connection, ApiError], None] | None = None,
) -> Callable[[Handler], Handler]:
    """Declare an event that clients send; `limit` names one of `me_api.rate_limits`.

    An event without a limit is never refused, but paced by the limit `read`.

    Unless the arguments are one object of the schema's fields, `read` makes the body of them.
    `refused` is called with the error that the event is answered with.
    """
    read = read or (lambda args: validate(schema, single_argument(args)))

    def declare(handler: Handler) -> Handler:
        def handle(connection: Connection, args: tuple[Any, ...]) -> Any:
            if limit is not None:
                rate_limiter.check(limit, connection.rate_keys)
            else:
                pace(connection.peer.socket, "read", connection.rate_keys)
            return handler(connection, read(args))

        CLIENT_EVENTS[namespace, name] = ClientEvent(schema, ack, (handler.__doc__ or "").strip())
        socketio.on_direct(
            name, lambda peer, *args: _respond(handle, peer, args, refused), namespace
        )
        return handler

    return declare


def emits(namespace: str, name: str, schema: Any, summary: str, *, position: bool = False) -> None:
    """Declare an event that the server sends."""
    SERVER_EVENTS[namespace, name] = ServerEvent(schema, summary, position)


def register(namespace: Namespace) -> None:
    """Accept clients in a namespace, and declare the events that every namespace sends."""
    name = namespace.name
    NAMESPACES[name] = namespace
    socketio.on_direct("connect", partial(_connect, namespace), name)
    socketio.on_direct("disconnect", _disconnect, name)
    socketio.on_direct("*", lambda peer, *args: _respond(_unknown, peer, args), name)
    event(name, "authenticate", NewToken, ack=Data[Authenticated], limit="post")(authenticate)
    if namespace.recovers:
        ready = namespace.ready_schema
        emits(name, "ready", ready, "The replay has ended, or the session begins.", position=True)
    summary = "The answer to an event that asked for no acknowledgement; the end of a token."
    emits(name, "notice", Notice, summary)
    emits(name, "closing", Closing, "The server is about to stop.")
    emits(name, "banned", BannedFrom, "The client is banned, from a room or from the site.")


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


def _connect(namespace: Namespace, peer: Peer, auth: Any) -> ConnectResult:
    """Authenticate a client; a refusal is sent as `connect_error` with `data.code`."""
    try:
        rate_limiter.check_address("connect", peer.socket.address)
        connect = connections.connect if namespace.recovers else connections.connect_stateless
        return connect(peer, namespace.for_client(peer, auth), namespace.read_auth(auth))
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


def _disconnect(peer: Peer, reason: str) -> None:
    connections.disconnect(peer, explicit=reason == CLIENT_DISCONNECT)
    if reason == SLOW:
        metrics.slow["socketio"].inc()


def _respond(
    handle: Callable[[Connection, tuple[Any, ...]], Any],
    peer: Peer,
    args: tuple[Any, ...],
    refused: Callable[[Connection, ApiError], None] | None = None,
) -> HandlerResult:
    """Call a handler; every exception becomes an acknowledgement in the envelope."""
    connection = connections.by_peer[peer]
    try:
        ack = handle(connection, args)
    except Exception as error:
        refusal = error if isinstance(error, ApiError) else to_api_error(error)
        if refusal is error:
            throttle(peer.socket, connection.rate_keys, refusal)
        if refused is not None:
            refused(connection, refusal)
        ack = envelope(refusal)
    return ack if isinstance(ack, HandlerResult) else HandlerResult(ack)


def _unknown(connection: Connection, args: tuple[Any, ...]) -> Any:
    # The transport passes an event that it could not read, or does not accept, as its error.
    if isinstance(args[0], ApiError):
        raise args[0]
    name = str(args[0])[:80]
    raise NotFound(f"There is no event {name!r} here.", code="unknown_event")
