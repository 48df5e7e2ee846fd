"""Hijacking: taking the connection of a request over from the web server (Go: `http.Hijacker`)."""

from __future__ import annotations

from collections.abc import Callable
from socket import socket as RawSocket
from typing import Any, NamedTuple


class Hijacked(NamedTuple):
    """A connection that the web server will neither use nor close any more."""

    socket: RawSocket
    unread: bytes
    """What was received behind the request."""
    fields: list[tuple[str, str]]
    """What the web server adds to the head of the response, which the caller sends."""


def hijack(environ: dict[str, Any], status: int) -> Hijacked:
    """Take over the connection of a request, to which a response of this status will be sent."""
    detach: Callable[[int], Hijacked] = environ["me_api.detach"]
    return detach(status)


def already_handled() -> list[bytes]:
    """Return the response of a WSGI application that has hijacked the connection."""
    return []
