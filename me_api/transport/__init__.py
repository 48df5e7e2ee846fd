"""The transport: the event loop, the web server, and Socket.IO on them.

The only package that knows eventlet and Engine.IO; features never see it.

The path of one message. The hub calls a `link` whose socket is readable; `frame_reader` makes
messages of the bytes, `engine` packets of the messages, `packets` events of the packets. `server`
finds the client (`peer`) and runs the event in its `turn`, which hands a change to the committer
and sleeps. When it is on disk, the `loop` carries the news back from the committer's thread: the
tail gives the `flusher` one `Parcel`, encoded and framed once, for all sockets of the room, and the
writer wakes and answers into its `outbox`. When the turn is over answers leave first, then the room
is served slice by slice, each socket with one non-blocking `send`; nobody waits for a slow client,
which is closed when its outbox is full. Who is written to before their turn gets the parcel first.

A native WebSocket (`websocket`) is a link without Engine.IO on it: its messages run in turns, and
its frames leave through outboxes and rounds like all others. `handshake` begins both kinds.

A `stream` is an answer that goes on (Server-Sent Events, `sse`): its request leaves the connection
to the hub, and what it is sent takes the same way through outboxes and rounds.

A `GET` of what is public is answered at the `doorstep`, from the `shelf` if nothing was committed
since; `heads` reads what is not on it. All other requests go on to the web server (`web`).

Private parts of the pinned libraries that this relies on; `tests/transport/test_touch_points.py`
fails when an upgrade moves one:

- python-engineio 4.15: `Server._handle_connect`, `_ok`, `_bad_request`, `_cors_headers`,
  `_upgrades`, `handlers`, `sockets`, and what it calls on a socket: `connected`, `upgraded`,
  `closed`, `handle_get_request`, `handle_post_request`, `close`; `Payload.max_decode_packets`;
- python-socketio 5.18: `Server._engineio_server_class`, `_handle_eio_connect`,
  `_handle_eio_message`, `_handle_eio_disconnect`, `handlers`, `reserved_events`, and
  `Packet.reconstruct_binary`;
- Flask-SocketIO 5.7: `SocketIO.handlers` with what they wrap, `sockio_mw.engineio_app`;
- eventlet 0.41: `wsgi.HttpProtocol` with its `conn_state`, `connection.fd`, `rfile`, `setup`,
  `parse_request`, `get_environ`, `finish` and `handle_one_request`, `wsgi.Input` with `position`,
  `content_length` and `discard`, `wsgi.WSGI_LOCAL.already_handled`, `GreenSocket.fd.detach`, and
  of the hub `add`, `remove`, `schedule_call_global`, `greenlet`, and that it calls `switch_out` on
  a greenlet that is about to wait.
"""

from __future__ import annotations

import logging
from contextvars import Context, copy_context
from typing import Any

from flask import Flask
from flask_socketio import SocketIO

from me_api.transport.connection.flow_control import SLOW
from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.connection.registry import Registry
from me_api.transport.engineio.packets import PreparedPackets
from me_api.transport.engineio.server import EngineIOServer
from me_api.transport.eventloop import EventletLoop
from me_api.transport.lifecycle import serve
from me_api.transport.socketio.peer import Peer, broadcast, prepare_events
from me_api.transport.socketio.server import ConnectResult, HandlerResult, SocketIOServer
from me_api.transport.sse.stream import Stream, broadcast_bytes, open_stream
from me_api.transport.web.hijack import already_handled
from me_api.transport.web.listener import listen
from me_api.transport.web.middleware import ErrorLoggingMiddleware
from me_api.transport.web.response_cache import (
    MAX_CACHE_BYTES,
    CachedResponse,
    size_in_cache,
)
from me_api.transport.websocket import handshake
from me_api.transport.websocket.endpoint import WebSocket, accept_websocket, prepare_message

__all__ = [
    "SLOW",
    "EngineIOServer",
    "ErrorLoggingMiddleware",
    "EventletLoop",
    "HandlerResult",
    "Peer",
    "PreparedPackets",
    "Registry",
]
__all__ += [
    "MAX_CACHE_BYTES",
    "CachedResponse",
    "size_in_cache",
]
__all__ += [
    "ConnectResult",
    "PreparedMessage",
    "SocketIOServer",
    "Stream",
    "WebSocket",
    "accept_websocket",
    "broadcast",
    "open_stream",
]
__all__ += [
    "already_handled",
    "broadcast_bytes",
    "handshake",
    "install",
    "listen",
    "prepare_events",
    "prepare_message",
    "serve",
]


def install(socketio: SocketIO, app: Flask, **options: Any) -> SocketIOServer:
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
    server = SocketIOServer(_context_of(app), async_mode="eventlet", **loggers, **options)
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
