"""Runs the server with the application that the test suite of socket.io-protocol is written for.

The namespaces `/` and `/custom` send `auth` with what CONNECT carried, `message-back` with the
arguments of `message`, and acknowledge `message-with-ack` with its arguments.
"""

from typing import Any

import app
from me_api import transport
from me_api.transport import ConnectResult, HandlerResult, Peer

install = transport.install


def connect(peer: Peer, auth: Any) -> ConnectResult:
    """Accept the client."""
    return ConnectResult(None, lambda: peer.emit("auth", auth or {}))


def message(peer: Peer, *args: Any) -> HandlerResult:
    """Send the arguments back."""
    peer.emit("message-back", *args)
    return HandlerResult({})


HANDLERS = {
    "connect": connect,
    "disconnect": lambda *_: None,
    "message": message,
    "message-with-ack": lambda peer, *args: HandlerResult(args),
    "*": lambda *_: HandlerResult({}),
}


def install_suite(*args: Any, **options: Any) -> Any:
    """Make the server, with the namespaces of the suite."""
    server = install(*args, **options)
    server.handlers["/"] = server.handlers["/custom"] = HANDLERS
    server.binary_namespaces |= {"/", "/custom"}
    return server


transport.install = install_suite
app.main()
