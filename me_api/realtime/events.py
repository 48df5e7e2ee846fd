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

from me_api.errors import ApiError
from me_api.extensions import socketio
from me_api.rate_limits import rate_limiter
from me_api.realtime.auth_payload import NewToken
from me_api.realtime.connection import Connection
from me_api.realtime.event_handling import (
    authenticate,
    connect,
    disconnect,
    respond,
    single_argument,
    unknown,
)
from me_api.realtime.namespace import Namespace
from me_api.realtime.schemas import Authenticated, BannedFrom, Closing, Notice
from me_api.realtime.throttling import pace
from me_api.transport import HandlerResult
from me_api.validation import Data, NoFields, validate

# What a feature needs; features do not import the transport.
__all__ = ["CLIENT_EVENTS", "NAMESPACES", "SERVER_EVENTS", "Connection", "HandlerResult"]
__all__ += ["Namespace", "emits", "event", "register"]

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
            name, lambda peer, *args: respond(handle, peer, args, refused), namespace
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
    socketio.on_direct("connect", partial(connect, namespace), name)
    socketio.on_direct("disconnect", disconnect, name)
    socketio.on_direct("*", lambda peer, *args: respond(unknown, peer, args), name)
    event(name, "authenticate", NewToken, ack=Data[Authenticated], limit="post")(authenticate)
    if namespace.recovers:
        ready = namespace.ready_schema
        emits(name, "ready", ready, "The replay has ended, or the session begins.", position=True)
    summary = "The answer to an event that asked for no acknowledgement; the end of a token."
    emits(name, "notice", Notice, summary)
    emits(name, "closing", Closing, "The server is about to stop.")
    emits(name, "banned", BannedFrom, "The client is banned, from a room or from the site.")
