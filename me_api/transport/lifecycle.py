"""Serving, and the graceful shutdown by SIGTERM and SIGINT."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable

import eventlet
from eventlet.green.threading import Event
from flask import Flask

from me_api.transport.connection.malloc import HeapTrimmer, limit_malloc_cache
from me_api.transport.eventloop import EventletLoop
from me_api.transport.shutdown import Shutdown, close_connections, reconnect_clients
from me_api.transport.socketio.server import SocketIOServer
from me_api.transport.web.in_flight import InFlight
from me_api.transport.web.listener import allow_files
from me_api.transport.web.reception import Reception
from me_api.transport.web.server import HttpOptions, HttpServer

logger = logging.getLogger(__name__)


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


def make_cut_off_handler(
    reception: Reception, socketio_server: SocketIOServer
) -> Callable[[bool], None]:
    """Return the function to call when the server is cut off from its database, and is back.

    Meanwhile its clients are sent to other servers, and none is accepted.
    """

    def handle(is_cut_off: bool) -> None:
        if is_cut_off:
            logger.error("the database cannot be reached from here: clients go to other nodes")
            reception.close()
            reconnect_clients(socketio_server)
        else:
            logger.warning("the database can be reached again")
            reception.open()

    return handle


def serve(
    app: Flask,
    reception: Reception,
    socketio_server: SocketIOServer,
    loop: EventletLoop,
    options: HttpOptions,
    shutdown: Shutdown,
    signals: Signals | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, or until `signals`, then close all connections gracefully.

    A second signal ends the time in which a server that stops still accepts connections.
    """
    allow_files()
    limit_malloc_cache()
    in_flight = InFlight()
    if signals is None:
        signals = Signals()
        signals.install(loop)
    registry = socketio_server.eio.registry
    server = HttpServer(app, reception.listener, options, in_flight, registry)
    socketio_server.thread.bind(loop)
    reception.start(server)
    trimming = eventlet.spawn(HeapTrimmer().run)
    signals.first.wait()
    shutdown.begin()
    # Balancers that ask /readyz send nothing more here before the socket closes.
    with eventlet.Timeout(shutdown.drain_seconds, False):
        signals.second.wait()
    trimming.kill()
    reception.end()
    in_flight.stop()
    shutdown.cancel_long_polls()
    server.close_idle()
    close_connections(socketio_server, in_flight, spread=shutdown.spread)
    socketio_server.thread.close()
