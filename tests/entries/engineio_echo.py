"""Runs the server with Engine.IO alone: each message is sent back, text as text, binary as binary.

That is the application that the test suite of engine.io-protocol is written for.
"""

from typing import Any

import app
from me_api import transport
from me_api.transport.engineio.packets import encode_message

install = transport.install


def install_echo(*args: Any, **options: Any) -> Any:
    """Make the server, with an echo in place of Socket.IO."""
    server = install(*args, **options)
    handlers = server.eio.handlers
    handlers["connect"] = handlers["disconnect"] = lambda *_: None
    handlers["message"] = lambda sid, data: server.eio.sockets[sid].push(encode_message(data))
    return server


transport.install = install_echo
app.main()
