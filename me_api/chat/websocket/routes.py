"""The addresses of native WebSockets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeVar

from flask import Blueprint
from pydantic import Field

from me_api.auth.identity import Identity, Secret, identify
from me_api.auth.nicks import Nick
from me_api.chat import rooms
from me_api.chat.author import resolve_nick
from me_api.chat.schemas import RoomName
from me_api.chat.websocket.codecs import JSON, TEXT, WebSocketCodec
from me_api.chat.websocket.demo import BroadcastMember, Echo
from me_api.chat.websocket.handler import ChatHandler
from me_api.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    Unauthorized,
    UpgradeRequired,
)
from me_api.eventlog import log
from me_api.realtime.websocket import accept, negotiate_subprotocol
from me_api.rest.endpoint import endpoint
from me_api.rest.request import caller
from me_api.validation import Input, Rev

blueprint = Blueprint("native", __name__, url_prefix="/ws")


class NativeChat(Input):
    """Where a native client comes in, and as who; with `since`, what has changed since first."""

    room: RoomName = "lobby"
    nick: Nick | None = None
    since: Rev | None = None
    epoch: Annotated[str, Field(max_length=64)] | None = None
    token: Annotated[str, Field(max_length=4096)] | None = None
    guest: Secret | None = None


Enter = Callable[[NativeChat, dict[str, str]], Any]

View = TypeVar("View", bound=Callable[..., Any])

HANDSHAKE = (UpgradeRequired, BadRequest, Forbidden)
CHAT_ERRORS = (*HANDSHAKE, Unauthorized, NotFound, Conflict, Gone)


def _get(path: str) -> Callable[[View], View]:
    """Declare a route for handshakes, and for what is none; Flask tells them apart."""

    def declare(view: View) -> View:
        blueprint.get(path, websocket=True)(view)
        return blueprint.get(path)(view)

    return declare


def _chat(way: WebSocketCodec, query: NativeChat, headers: dict[str, str]) -> Any:
    """Let a client into a room, or raise why not, as long as that can be answered."""
    identity = _identity(query)
    rooms.readable(query.room, identity)
    if query.since is not None or query.epoch is not None:
        log.check_cursor(query.since or 0, query.epoch)
    nick = query.nick or (identity.user.nick if identity.user else None)
    if nick is not None:
        resolve_nick(identity, nick)
    since = log.delivered if query.since is None else query.since
    headers |= {"X-Rev": str(since), "X-Epoch": log.epoch}
    return accept(
        lambda socket: ChatHandler(socket, way, query.room, identity, nick, since), headers
    )


def _identity(query: NativeChat) -> Identity:
    """Tell who it is: a browser's WebSocket cannot send headers. A token counts before a secret."""
    if query.token is not None:
        return identify(query.token, None)
    sender = caller()
    return sender if sender.user or query.guest is None else identify(None, query.guest)


def _echo(query: NativeChat, headers: dict[str, str]) -> Any:
    return accept(Echo, headers)


def _broadcast(query: NativeChat, headers: dict[str, str]) -> Any:
    return accept(BroadcastMember, headers)


_TALK: dict[str, Enter] = {way.subprotocol: partial(_chat, way) for way in (TEXT, JSON)}


@dataclass(frozen=True, slots=True)
class WebSocketAddress:
    """What may be chosen at an address; the AsyncAPI description is made of it."""

    kinds: dict[str, Enter]
    default: str
    query: type[NativeChat] | None = None

    def open(self, query: NativeChat | None = None) -> Any:
        """Open what the client's subprotocol names; without one, the default."""
        enter, headers = negotiate_subprotocol(self.kinds, self.kinds[self.default])
        return enter(query or NativeChat(), headers)


ECHO = WebSocketAddress({"echo-protocol": _echo}, "echo-protocol")
BROADCAST = WebSocketAddress({"broadcast-protocol": _broadcast}, "broadcast-protocol")
CHAT = WebSocketAddress(_TALK, "json", NativeChat)
ANY = WebSocketAddress({**ECHO.kinds, **BROADCAST.kinds, **CHAT.kinds}, ECHO.default, NativeChat)
ADDRESSES = {"/ws": ANY, "/ws/echo": ECHO, "/ws/broadcast": BROADCAST, "/ws/chat": CHAT}


@_get("")
@endpoint(query=NativeChat, responses={101: None}, failures=CHAT_ERRORS)
def choose_by_protocol(query: NativeChat) -> Any:
    """Open the native WebSocket that the client's subprotocol names; without one, the echo."""
    return ANY.open(query)


@_get("/echo")
@endpoint(responses={101: None}, failures=HANDSHAKE)
def echo() -> Any:
    """Open a native WebSocket on which every message comes back as it is."""
    return ECHO.open()


@_get("/broadcast")
@endpoint(responses={101: None}, failures=HANDSHAKE)
def broadcast() -> Any:
    """Open a native WebSocket on which every message goes to all others; nothing is stored."""
    return BROADCAST.open()


@_get("/chat")
@endpoint(query=NativeChat, responses={101: None}, failures=CHAT_ERRORS)
def chat(query: NativeChat) -> Any:
    """Open a native WebSocket in a room; with `since`, what has changed since then comes first."""
    return CHAT.open(query)
