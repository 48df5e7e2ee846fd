"""Runs the server with the application that the test suite of socket.io-protocol is written for.

The namespaces `/` and `/custom` send `auth` with what CONNECT carried, `message-back` with the
arguments of `message`, and acknowledge `message-with-ack` with its arguments.
"""

from typing import Any

import app
from me_api.transport import ConnectResult, HandlerResult, Peer, SocketIO

init_app = SocketIO.init_app


def connect(peer: Peer, auth: Any) -> ConnectResult:
    """Accept the client, and send its `auth` back."""
    return ConnectResult(None, lambda: peer.emit("auth", auth or {}))


def message(peer: Peer, *args: Any) -> HandlerResult:
    """Send the arguments of the event back."""
    peer.emit("message-back", *args)
    return HandlerResult({})


HANDLERS = {
    "connect": connect,
    "disconnect": lambda *_: None,
    "message": message,
    "message-with-ack": lambda peer, *args: HandlerResult(args),
    "*": lambda *_: HandlerResult({}),
}


def init_suite(self: SocketIO, *args: Any, **options: Any) -> None:
    """Make the server, with the namespaces of the suite."""
    init_app(self, *args, **options)
    direct = self.server.direct_handlers
    direct["/"] = direct["/custom"] = HANDLERS
    self.server.binary_namespaces |= {"/", "/custom"}


SocketIO.init_app = init_suite
app.main()
