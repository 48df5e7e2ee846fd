"""How a request's connection goes from the web server to us."""

from __future__ import annotations

from collections.abc import Callable
from socket import socket as RawSocket
from typing import Any

from eventlet import wsgi


def hijack(environ: dict[str, Any]) -> RawSocket:
    """Take the connection of a request away from the web server."""
    detach: Callable[[], RawSocket] = environ["me_api.detach"]
    return detach()


def already_handled() -> list[bytes]:
    """Tell the web server that this connection is no longer its own."""
    wsgi.WSGI_LOCAL.already_handled = True
    return []
