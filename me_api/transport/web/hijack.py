"""Hijacking: taking the connection of a request over from the web server (Go: `http.Hijacker`)."""

from __future__ import annotations

from collections.abc import Callable
from socket import socket as RawSocket
from typing import Any


def hijack(environ: dict[str, Any]) -> tuple[RawSocket, bytes]:
    """Return the raw socket of a request, and what was received behind the request.

    The web server will neither use nor close the socket, and writes no response.
    """
    detach: Callable[[], tuple[RawSocket, bytes]] = environ["me_api.detach"]
    return detach()


def already_handled() -> list[bytes]:
    """Return the response of a WSGI application that has hijacked the connection."""
    return []
