"""Runs the server with Engine.IO alone: each message is sent back, text as text, binary as binary.

That is the application that the test suite of engine.io-protocol is written for.
"""

from typing import Any

import app
from me_api.transport import SocketIO
from me_api.transport.engineio.packets import encode_message

init_app = SocketIO.init_app


def init_echo(self: SocketIO, *args: Any, **options: Any) -> None:
    """Make the server, with an echo in place of Socket.IO."""
    init_app(self, *args, **options)
    eio = self.server.eio
    eio.handlers["connect"] = eio.handlers["disconnect"] = lambda *_: None
    eio.handlers["message"] = lambda sid, data: eio.sockets[sid].push(encode_message(data))


SocketIO.init_app = init_echo
app.main()
