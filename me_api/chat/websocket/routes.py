"""The routes of native WebSockets, and the subprotocols of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from flask import Blueprint
from pydantic import AliasChoices, Field

from me_api.auth.identity import Identity, Secret, Token, identify
from me_api.auth.nicks import Nick
from me_api.chat import access
from me_api.chat.author import resolve_nick
from me_api.chat.feed import topic
from me_api.chat.schemas import RoomName
from me_api.chat.websocket.codecs import JSON, TEXT, WebSocketCodec
from me_api.chat.websocket.demo import BroadcastMember, Echo
from me_api.chat.websocket.handler import ChatHandler
from me_api.chat.websocket.subprotocols import TO_OTHERS
from me_api.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    NotSupported,
    TooManyRequests,
    Unauthorized,
    UpgradeRequired,
)
from me_api.eventlog import log
from me_api.realtime.websocket import accept, negotiate_subprotocol
from me_api.rest.endpoint import endpoint
from me_api.rest.request import caller, record_identity
from me_api.validation import Input, Rev

blueprint = Blueprint("native", __name__)


class NativeChat(Input):
    """The room of a native client and its credentials; with `since`, missed changes come first."""

    room: RoomName = "lobby"
    nick: Annotated[
        Nick | None,
        Field(
            validation_alias=AliasChoices("nick", "nickname", "username", "name", "user"),
            description="Also as nickname, username, name or user",
        ),
    ] = None
    since: Rev | None = None
    epoch: Annotated[str, Field(max_length=64)] | None = None
    token: Token | None = None
    guest: Secret | None = None
    own: Annotated[
        Literal["yes", "no"] | None,
        Field(
            description="Whether the client is sent what it posts over this connection; by default"
            " yes, with the subprotocol broadcast no"
        ),
    ] = None


Opener = Callable[[NativeChat, dict[str, str]], Any]

View = TypeVar("View", bound=Callable[..., Any])

HANDSHAKE = (UpgradeRequired, BadRequest, NotSupported, Forbidden, TooManyRequests)
CHAT_ERRORS = (*HANDSHAKE, Unauthorized, NotFound, Conflict, Gone)


def _get(*paths: str, handshakes: str = "") -> Callable[[View], View]:
    """Return a decorator for the view of these paths, and of the handshakes at another path."""
    # Werkzeug matches a handshake only to a route for WebSockets, and another request only to one
    # that is not: the view is registered as both, so that it answers everything itself.

    def declare(view: View) -> View:
        for path in paths:
            blueprint.get(path, websocket=True)(view)
            blueprint.get(path)(view)
        if handshakes:
            blueprint.get(handshakes, websocket=True)(view)
        return view

    return declare


def _open_chat(codec: WebSocketCodec, own: str, query: NativeChat, headers: dict[str, str]) -> Any:
    # All that may be refused is checked before the upgrade, while a status can still be sent.
    identity = _identity(query)
    record_identity(identity)
    access.readable(query.room, identity)
    if query.since is not None or query.epoch is not None:
        log.check_cursor(query.since or 0, query.epoch)
        log.tail.check_complete({topic(query.room): query.since or 0}, query.since or 0)
    nick = query.nick or (identity.user.nick if identity.user else None)
    if nick is not None:
        resolve_nick(identity, nick)
    since = log.delivered if query.since is None else query.since
    headers |= {"X-Rev": str(since), "X-Epoch": log.epoch}
    return accept(
        lambda socket: ChatHandler(
            socket, codec, query.room, identity, nick, since, (query.own or own) == "yes"
        ),
        headers,
    )


def _identity(query: NativeChat) -> Identity:
    # A browser's WebSocket cannot send headers, so the query may have the credentials. A token
    # takes precedence over a guest's secret, in the query as in the headers.
    if query.token is not None:
        return identify(query.token, None)
    sender = caller()
    if sender.user or query.guest is None:
        return sender
    return identify(None, query.guest, sender.address)


def _open_echo(query: NativeChat, headers: dict[str, str]) -> Any:
    return accept(Echo, headers)


def _open_broadcast(query: NativeChat, headers: dict[str, str]) -> Any:
    return accept(BroadcastMember, headers)


_CHAT_PROTOCOLS: dict[str, Opener] = {
    TEXT.subprotocol: partial(_open_chat, TEXT, "yes"),
    JSON.subprotocol: partial(_open_chat, JSON, "yes"),
    # Of chats of the course that show at once what is typed: their servers send it to the others.
    TO_OTHERS: partial(_open_chat, JSON, "no"),
}


@dataclass(frozen=True, slots=True)
class WebSocketAddress:
    """The subprotocols of a route, and its query; the AsyncAPI document is generated from it.

    `alias` is where the course's own servers have the same.
    """

    kinds: dict[str, Opener]
    default: str
    alias: str
    query: type[NativeChat] | None = None

    def open(self, query: NativeChat | None = None) -> Any:
        """Answer the handshake with the subprotocol that is negotiated, or with the default."""
        opener, headers = negotiate_subprotocol(self.kinds, self.kinds[self.default])
        return opener(query or NativeChat(), headers)


ECHO = WebSocketAddress({"echo-protocol": _open_echo}, "echo-protocol", "/echo")
BROADCAST = WebSocketAddress(
    {"broadcast-protocol": _open_broadcast}, "broadcast-protocol", "/broadcast"
)
CHAT = WebSocketAddress(_CHAT_PROTOCOLS, "json", "/chat", NativeChat)
ANY = WebSocketAddress(
    {**ECHO.kinds, **BROADCAST.kinds, **CHAT.kinds}, ECHO.default, "/", NativeChat
)
ADDRESSES = {"/ws": ANY, "/ws/echo": ECHO, "/ws/broadcast": BROADCAST, "/ws/chat": CHAT}


@_get("/ws", handshakes=ANY.alias)
@endpoint(query=NativeChat, responses={101: None}, failures=CHAT_ERRORS)
def choose_by_protocol(query: NativeChat) -> Any:
    """Open a WebSocket with the subprotocol that the client offers; without one, the echo."""
    return ANY.open(query)


@_get("/ws/echo", ECHO.alias)
@endpoint(responses={101: None}, failures=HANDSHAKE)
def echo() -> Any:
    """Open a WebSocket that sends every message back unchanged."""
    return ECHO.open()


@_get("/ws/broadcast", BROADCAST.alias)
@endpoint(responses={101: None}, failures=HANDSHAKE)
def broadcast() -> Any:
    """Open a WebSocket that sends every message to all other clients; nothing is stored."""
    return BROADCAST.open()


@_get("/ws/chat", handshakes=CHAT.alias)
@endpoint(query=NativeChat, responses={101: None}, failures=CHAT_ERRORS)
def chat(query: NativeChat) -> Any:
    """Open a WebSocket in a room; with `since`, the changes after that position are sent first."""
    return CHAT.open(query)
