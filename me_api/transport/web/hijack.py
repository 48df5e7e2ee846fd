"""Hijacking: taking the connection of a request over from the web server (Go: `http.Hijacker`)."""

from __future__ import annotations

from collections.abc import Callable
from socket import socket as RawSocket
from typing import Any

from eventlet import wsgi


def hijack(environ: dict[str, Any]) -> RawSocket:
    """Return the raw socket of a request. The web server will neither use nor close it."""
    detach: Callable[[], RawSocket] = environ["me_api.detach"]
    return detach()


def already_handled() -> list[bytes]:
    """Return the response of a WSGI application that has hijacked the connection."""
    # With this flag eventlet writes no response.
    wsgi.WSGI_LOCAL.already_handled = True
    return []
