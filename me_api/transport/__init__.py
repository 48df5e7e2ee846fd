"""The transport: the event loop, the web server, and Socket.IO, WebSocket and SSE on them.

The only package that imports eventlet, greenlet and engineio; features never see them.

The path of one message: the hub calls a `websocket.connection` whose socket is readable.
`websocket.frame_parser` makes messages of the bytes, `engineio.session` packets of the messages,
`socketio.packets` events of the packets. `socketio.server` finds the client (`Peer`) and runs its
event in a greenlet, which submits a change to the committer. When the change is on disk,
`eventloop` passes it back from the committer's thread. The tail broadcasts one prepared message,
encoded and framed once, to all connections of the room; then the acknowledgement is written into
the `connection.write_buffer`. At the end of the turn the flusher sends acknowledgements first, then
the broadcast in slices, each with one non-blocking `send`. A slow client never blocks the others:
it is disconnected when its write buffer is full.

A native WebSocket (`websocket.endpoint`) is the same without Engine.IO, a stream (`sse.stream`) the
same with a hijacked HTTP response below it. HTTP is served by `web`: a request that was made before
is answered by `web.connection` from the response cache, if nothing was committed since; any other
is parsed (`web.request_head`) and passed to the WSGI application by `web.wsgi`.

Private parts of the pinned libraries that this package relies on; `test_private_parts.py` and
`test_private_parts_eventlet.py` in `tests/transport/` fail when an upgrade changes one:

- python-engineio 4.15: `Server._cors_headers`, `_cors_allowed_origins`, `handlers`, `sockets`;
- python-socketio 5.18: `Server._engineio_server_class`, `_handle_eio_connect`,
  `_handle_eio_message`, `_handle_eio_disconnect`, `_trigger_event`, `handlers`,
  `namespace_handlers`, `not_handled`, `reserved_events`, `Packet.reconstruct_binary`, and what
  `Manager` and `PubSubManager` call of `BaseManager`;
- Flask-SocketIO 5.7: `SocketIO.handlers`, `namespace_handlers`, `sockio_mw` and
  `_SocketIOMiddleware`, and `_handle_event`;
- Flask 3.1: the attributes of `RequestContext`, which `EventContext` sets;
- eventlet 0.41: `GreenSocket.fd` and `_trampoline`, `hubs.notify_opened`, and of the hub `add`,
  `remove`, `schedule_call_global`, `greenlet`, and that it calls `switch_out` on a greenlet that
  is about to wait;
- psycopg 3.3: that it looks up `wait` and `wait_conn` in `psycopg.waiting` at each call,
  `waiting.wait_c`, and `errors._WaitTimeout`.
"""

from __future__ import annotations

from flask_socketio import ConnectionRefusedError as ConnectionRefusedError
from flask_socketio import Namespace as Namespace
from flask_socketio import call as call
from flask_socketio import close_room as close_room
from flask_socketio import disconnect as disconnect
from flask_socketio import emit as emit
from flask_socketio import join_room as join_room
from flask_socketio import leave_room as leave_room
from flask_socketio import rooms as rooms
from flask_socketio import send as send

from me_api.transport.connection.addresses import AddressSlots, network
from me_api.transport.connection.broadcast_target import SLOW, broadcast
from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.connection.registry import Registry
from me_api.transport.database_wait import install as install_database_wait
from me_api.transport.engineio.packets import PreparedPackets
from me_api.transport.eventloop import EventletLoop
from me_api.transport.extension import SocketIO
from me_api.transport.lifecycle import make_cut_off_handler, serve
from me_api.transport.log_writer import LogWriter
from me_api.transport.middleware import middleware_paths
from me_api.transport.shutdown import Shutdown, reconnect_clients
from me_api.transport.socketio.encoding import encode_events
from me_api.transport.socketio.options import UnsupportedError
from me_api.transport.socketio.peer import Peer
from me_api.transport.socketio.results import ConnectResult, HandlerResult, LaterResult
from me_api.transport.socketio.server import CLIENT_DISCONNECT, SocketIOServer
from me_api.transport.socketio.test_client import TestClient as SocketIOTestClient
from me_api.transport.sse import encoding as sse_encoding
from me_api.transport.sse.stream import Stream, open_stream
from me_api.transport.web.access_log import AccessLog
from me_api.transport.web.cacheable import CacheableRequest
from me_api.transport.web.encoded_response import EncodedResponse
from me_api.transport.web.hijack import already_handled
from me_api.transport.web.listener import check_address, listen
from me_api.transport.web.reception import Reception
from me_api.transport.web.response_cache import MAX_CACHE_BYTES, size_in_cache
from me_api.transport.web.server import HttpLimits, HttpOptions
from me_api.transport.websocket import handshake
from me_api.transport.websocket.endpoint import WebSocket, accept_websocket, prepare_message

__all__ = ["CLIENT_DISCONNECT", "MAX_CACHE_BYTES", "SLOW", "AddressSlots", "CacheableRequest"]
__all__ += ["AccessLog", "HttpOptions", "LogWriter"]
__all__ += ["ConnectResult", "EncodedResponse", "EventletLoop", "HandlerResult", "HttpLimits"]
__all__ += [
    "LaterResult",
    "Peer",
    "PreparedMessage",
    "PreparedPackets",
    "Reception",
    "Registry",
    "Shutdown",
    "SocketIOServer",
]
__all__ += ["Stream", "WebSocket", "accept_websocket", "already_handled", "broadcast"]
__all__ += ["check_address", "encode_events", "handshake", "install_database_wait"]
__all__ += [
    "listen",
    "make_cut_off_handler",
    "middleware_paths",
    "network",
    "open_stream",
    "prepare_message",
]
__all__ += ["reconnect_clients", "serve", "size_in_cache", "sse_encoding"]
# Flask-SocketIO's own names, so that its applications only change their import.
__all__ += ["ConnectionRefusedError", "Namespace", "SocketIO", "SocketIOTestClient"]
__all__ += ["UnsupportedError", "call", "close_room", "disconnect", "emit", "join_room"]
__all__ += ["leave_room", "rooms", "send"]
