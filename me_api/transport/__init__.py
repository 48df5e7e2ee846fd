"""The transport: the event loop, the web server, and Socket.IO on them.

The only package that knows eventlet and Engine.IO; features never see it.
"""

from __future__ import annotations

import logging
from contextvars import Context, copy_context
from typing import Any

from flask import Flask
from flask_socketio import SocketIO

from me_api.transport.engine import Parcel
from me_api.transport.loop import EventletLoop
from me_api.transport.peer import Peer, parcel
from me_api.transport.server import Answer, Server, Welcome
from me_api.transport.web import Entrance, listen, serve

__all__ = ["Answer", "Entrance", "EventletLoop", "Parcel", "Peer", "Server", "Welcome"]
__all__ += ["install", "listen", "parcel", "serve"]


def install(socketio: SocketIO, app: Flask, **options: Any) -> Server:
    """Bind Flask-SocketIO to the app, with our server in place of the stock one.

    Flask-SocketIO has no option for the server's class, so the handlers it has collected and the
    middleware it has put before the app are given to ours. Handlers are called as they were
    written, without the request context that Flask-SocketIO would build for each event.
    """
    socketio.init_app(app, async_mode="eventlet", **options)
    # Loggers by name: for a plain False both libraries print their errors a second time.
    loggers = {
        "logger": logging.getLogger("socketio"),
        "engineio_logger": logging.getLogger("engineio"),
    }
    server = Server(_context_of(app), async_mode="eventlet", **loggers, **options)
    for name, handler, namespace in socketio.handlers:
        server.on(name, handler.__wrapped__, namespace=namespace)
    socketio.server = server
    socketio.sockio_mw.engineio_app = server
    return server


def _context_of(app: Flask) -> Context:
    """Make a context in which the app is the current one."""
    context = copy_context()
    context.run(lambda: app.app_context().push())
    return context
