"""Serving, and the graceful shutdown by SIGTERM and SIGINT."""

from __future__ import annotations

import signal
from collections.abc import Callable

import eventlet
from eventlet.green.threading import Event
from flask import Flask

from me_api.transport.connection.malloc import limit_malloc_cache
from me_api.transport.eventloop import EventletLoop
from me_api.transport.shutdown import Shutdown, close_connections
from me_api.transport.socketio.server import SocketIOServer
from me_api.transport.web.direct import DirectHandler
from me_api.transport.web.in_flight import InFlight
from me_api.transport.web.listener import Listener, allow_files
from me_api.transport.web.response_cache import Cache
from me_api.transport.web.server import HttpLimits, HttpServer


class Signals:
    """Counts the signals that stop the server."""

    def __init__(self) -> None:
        self.first, self.second = Event(), Event()

    def install(self, loop: EventletLoop) -> None:
        """Count SIGTERM and SIGINT. Only the main thread may call this."""
        wake = loop.threadsafe_callback(lambda _: self.received())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: wake(None))

    def received(self) -> None:
        """Count a signal, or another reason to stop."""
        (self.second if self.first.is_set() else self.first).set()


def serve(
    app: Flask,
    listener: Listener,
    socketio_server: SocketIOServer,
    loop: EventletLoop,
    handler: DirectHandler,
    cache: Cache,
    shutdown: Shutdown,
    limits: HttpLimits,
    refused: Callable[[str], None],
    signals: Signals | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, or until `signals`, then close all connections gracefully.

    `handler` answers cacheable and direct requests, and `cache` caches responses. `refused` is
    called with the code of each error that the application does not see. A second signal ends the
    time in which a server that stops still accepts connections.
    """
    allow_files()
    limit_malloc_cache()
    in_flight = InFlight()
    if signals is None:
        signals = Signals()
        signals.install(loop)
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
    socketio_server.thread.bind(loop)
    accepting = eventlet.spawn(server.accept_connections)
    signals.first.wait()
    shutdown.begin()
    # Balancers that ask /readyz send nothing more here before the socket closes.
    with eventlet.Timeout(shutdown.drain_seconds, False):
        signals.second.wait()
    listener.close()
    in_flight.stop()
    shutdown.cancel_long_polls()
    server.close_idle()
    close_connections(socketio_server, in_flight, spread=shutdown.spread)
    accepting.kill()
    socketio_server.thread.close()
