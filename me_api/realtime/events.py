"""The socket door: who connects, what each event carries, and every answer in the one envelope.

A feature describes its namespace (`Namespace`), registers it, and declares its events:

    @event("/chat", "post", Post, answer=Message)
    def post(connection: Connection, body: Post) -> Any:
        return {"data": …}

The body arrives checked; what is returned acknowledges the event. Where something must follow the
acknowledgement on the wire, return `Answer(body, then)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from flask import current_app
from flask_socketio import ConnectionRefusedError

from me_api.errors import ApiError, BadRequest, Invalid, NotFound, StorageUnavailable, envelope
from me_api.extensions import socketio
from me_api.metrics import metrics
from me_api.rate_limits import rate_limiter
from me_api.realtime.connection import Connection, Namespace
from me_api.realtime.connections import ConnectionManager
from me_api.storage.failures import to_api_error
from me_api.transport import SLOW, ConnectResult, HandlerResult, Peer
from me_api.validation import NoFields, validate

__all__ = [
    "EVENTS",
    "NAMESPACES",
    "Connection",
    "HandlerResult",
    "Namespace",
    "event",
    "register",
    "single_argument",
]

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Event:
    """What a client may send; the AsyncAPI description is made of it."""

    schema: Any
    ack: Any
    summary: str


EVENTS: dict[tuple[str, str], Event] = {}
NAMESPACES: dict[str, Namespace] = {}


def event(
    namespace: str,
    name: str,
    schema: Any = NoFields,
    *,
    ack: Any,
    limit: str | None = None,
    read: Callable[[tuple[Any, ...]], Any] | None = None,
) -> Callable[[Handler], Handler]:
    """Declare an event that clients send; `limit` names a rule of `me_api.rate_limits`.

    Where the arguments are not one object of named fields, `read` makes the body of them.
    """
    read = read or (lambda args: validate(schema, single_argument(args)))

    def declare(handler: Handler) -> Handler:
        def act(connection: Connection, args: tuple[Any, ...]) -> Any:
            if limit is not None:
                rate_limiter.check(limit, connection.peer.sid)
            return handler(connection, read(args))

        EVENTS[namespace, name] = Event(schema, ack, (handler.__doc__ or "").strip())
        socketio.on(name, namespace=namespace)(lambda peer, *args: _acknowledge(act, peer, args))
        return handler

    return declare


def register(namespace: Namespace) -> None:
    """Let clients connect to a namespace."""
    NAMESPACES[namespace.name] = namespace
    socketio.on("connect", namespace=namespace.name)(partial(_connect, namespace))
    socketio.on("disconnect", namespace=namespace.name)(_disconnect)
    socketio.on("*", namespace=namespace.name)(
        lambda peer, *args: _acknowledge(_unknown, peer, args)
    )


def connection_manager() -> ConnectionManager:
    """Give the connections of this app."""
    found: ConnectionManager = current_app.extensions["connection_manager"]
    return found


def _connect(namespace: Namespace, peer: Peer, auth: Any) -> ConnectResult:
    """Authenticate a client; a refusal reaches it as `connect_error` with `data.code`.

    The stock client takes that for final. One that comes back while the disk fails is cut off
    instead: it tries again by itself, later and later, until it is let in.
    """
    try:
        let_in = (
            connection_manager().connect
            if namespace.recovers
            else connection_manager().connect_stateless
        )
        return let_in(peer, namespace, namespace.read_auth(auth))
    except ApiError as error:
        refusal = error
    except Exception as error:
        refusal = to_api_error(error)
    if isinstance(refusal, StorageUnavailable) and isinstance(auth, dict) and "pid" in auth:
        peer.drop()
    body = envelope(refusal)
    raise ConnectionRefusedError(body["errors"][0]["detail"], {**body["errors"][0], **body})


def _disconnect(peer: Peer, reason: str) -> None:
    explicit = reason == socketio.server.reason.CLIENT_DISCONNECT
    connection_manager().disconnect(peer.sid, explicit=explicit)
    if reason == SLOW:
        metrics.slow.inc()


def _acknowledge(
    act: Callable[[Connection, tuple[Any, ...]], Any], peer: Peer, args: tuple[Any, ...]
) -> HandlerResult:
    """Have an event done; whatever comes of it is an answer."""
    connection = connection_manager().connections[peer.sid]
    try:
        body = act(connection, args)
    except ApiError as error:
        body = envelope(error)
    except Exception as error:
        body = envelope(to_api_error(error))
    return body if isinstance(body, HandlerResult) else HandlerResult(body)


def single_argument(args: tuple[Any, ...]) -> Any:
    """Give the one argument of an event, or no fields; raises `Invalid` for more."""
    if len(args) > 1:
        raise Invalid([(None, "One object is expected, and nothing after it.")])
    return args[0] if args and args[0] is not None else {}


def _unknown(connection: Connection, args: tuple[Any, ...]) -> Any:
    name = args[0]
    if not name:
        raise BadRequest("This packet cannot be read.", code="unreadable")
    raise NotFound(f"There is no event {name[:80]!r} here.", code="unknown_event")
