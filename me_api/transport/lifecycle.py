"""Serving, and the graceful shutdown by SIGTERM and SIGINT."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable

import eventlet
from eventlet.green.threading import Event
from flask import Flask

from me_api.transport.connection.malloc import limit_malloc_cache
from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.eventloop import EventletLoop
from me_api.transport.socketio.server import SocketIOServer
from me_api.transport.sse.encoding import encode_retry
from me_api.transport.web.cacheable import CacheableHandler
from me_api.transport.web.in_flight import InFlight
from me_api.transport.web.listener import Listener, allow_files
from me_api.transport.web.response_cache import ResponseCache
from me_api.transport.web.server import HttpLimits, HttpServer
from me_api.transport.websocket.frames import GOING_AWAY

DRAIN_SECONDS = 1.0
POLL_SECONDS = 0.01


def serve(
    app: Flask,
    listener: Listener,
    socketio_server: SocketIOServer,
    loop: EventletLoop,
    handler: CacheableHandler,
    cache: ResponseCache,
    cancel_long_polls: Callable[[], None],
    limits: HttpLimits,
    refused: Callable[[str], None],
) -> None:
    """Serve until SIGTERM or SIGINT, then close all connections gracefully.

    `handler` answers cacheable requests, and `cache` caches its responses. `cancel_long_polls`
    is called at shutdown, so that pending long-polls are answered. `refused` is called with the
    code of each error that the application does not see.
    """
    allow_files()
    limit_malloc_cache()
    stopping, in_flight = Event(), InFlight()
    wake = loop.threadsafe_callback(lambda _: stopping.set())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: wake(None))
    server = HttpServer(
        app,
        listener,
        handler,
        cache,
        in_flight,
        limits,
        socketio_server.eio.registry.input_budget,
        refused,
    )
    accepting = eventlet.spawn(server.accept_connections)
    stopping.wait()
    listener.close()
    in_flight.stop()
    cancel_long_polls()
    server.close_idle()
    close_connections(socketio_server, in_flight)
    accepting.kill()


def close_connections(server: SocketIOServer, in_flight: InFlight) -> None:
    """Announce the shutdown to all clients, send what is buffered, and close all connections."""
    registry = server.eio.registry
    # Each client gets a delay of its own, so that they do not all reconnect at once.
    for peer in list(server.peers.values()):
        peer.emit("closing", {"retry_after": round(random.uniform(0.2, 3), 2)})
    for stream in list(registry.streams):
        stream.push(PreparedMessage(encode_retry(random.randint(200, 3000))))
    with eventlet.Timeout(DRAIN_SECONDS, False):
        for client in [*server.peers.values(), *registry.streams]:
            client.drain()
        in_flight.wait_drained()
    for stream in list(registry.streams):
        stream.close()
    for websocket in list(registry.websockets):
        websocket.close_detached(GOING_AWAY)
    with eventlet.Timeout(DRAIN_SECONDS, False):
        while registry.websockets:
            eventlet.sleep(POLL_SECONDS)
