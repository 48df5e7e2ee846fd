"""Adds to an application what stays open: its connections, and Socket.IO itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import cast

from flask import Flask

from me_api.config import Settings
from me_api.extensions import db, socketio
from me_api.metrics import Metrics
from me_api.metrics.histogram import Histogram
from me_api.realtime import routes
from me_api.realtime.admission import Admission
from me_api.realtime.connections import ConnectionManager
from me_api.realtime.events import Namespace
from me_api.realtime.holders import Holders
from me_api.realtime.sse import EventStreams
from me_api.realtime.sse_subscriber import SseSource
from me_api.realtime.token_watch import TokenWatch
from me_api.recovery.service import Recovery
from me_api.rest.setup import MAX_BODY
from me_api.transport import Registry, SocketIOServer

INPUT_BYTES = 33_554_432
"""The least that incomplete requests and messages may take in memory by default."""


def init_app(app: Flask, topic_of: Callable[[str], str]) -> None:
    """Create the connections. `topic_of` returns the topic of a room."""
    loop, log = app.extensions["loop"], app.extensions["log"]
    with app.app_context():
        watch = app.extensions["token_watch"] = TokenWatch(loop, db.engine)
    holders = app.extensions["holders"] = Holders(log, app.extensions["bans"], topic_of)
    recovery = Recovery(app.config["SETTINGS"])
    connections = app.extensions["connections"] = ConnectionManager(
        loop, log, recovery, watch, holders, app.extensions["cluster"]
    )
    for name, gauge in app.extensions["metrics"].connections.items():
        gauge.set_function(partial(connections.count, name))
    app.extensions["namespaces"] = {}
    app.extensions["sse_sources"] = {}


def serve_namespace(app: Flask, namespace: Namespace) -> None:
    """Accept clients in a namespace, which has been registered by `register`."""
    app.extensions["namespaces"][namespace.name] = namespace


def serve_feed(app: Flask, name: str, source: SseSource) -> None:
    """Send the changes of a feed on the stream of everything."""
    app.extensions["sse_sources"][name] = source


def init_transport(app: Flask, flask_paths: Iterable[str]) -> None:
    """Create the server of Socket.IO and of streams, for the namespaces and feeds added before.

    `flask_paths` are those below `/socket.io/` whose requests are Flask's.
    """
    settings: Settings = app.config["SETTINGS"]
    namespaces = app.extensions["namespaces"]
    socketio.init_app(
        app,
        # Loggers by name: given False, both libraries print their errors a second time.
        logger=logging.getLogger("socketio"),
        engineio_logger=logging.getLogger("engineio"),
        # By then, `check_origin` has refused what is foreign.
        cors_allowed_origins="*",
        check_origin=app.extensions["origins"].check,
        direct_namespaces=namespaces,
        flask_paths=flask_paths,
        # Otherwise `/` is accepted without handlers.
        namespaces=sorted(namespaces),
        ping_interval=settings.ping_interval,
        ping_timeout=settings.ping_timeout,
        connect_timeout=settings.connect_timeout,
        max_http_buffer_size=MAX_BODY,
        http_compression=False,
        write_buffer_limit=settings.outbox_bytes,
        node=app.extensions["cluster"].name,
        input_limit=settings.input_bytes or max(INPUT_BYTES, 4 * settings.websocket_max_bytes),
    )
    server = app.extensions["socketio_server"] = cast(SocketIOServer, socketio.server)
    registry, metrics = server.eio.registry, app.extensions["metrics"]
    admission = app.extensions["admission"] = Admission(
        app.extensions["rate_limiter"],
        registry.addresses,
        settings.address_connections,
        metrics.count_refusal,
    )
    server.eio.admit = admission.check
    app.extensions["event_streams"] = EventStreams(app, registry, app.extensions["sse_sources"])
    app.register_blueprint(routes.blueprint)
    _watch(metrics, registry)


def start(app: Flask) -> None:
    """Apply the bans, record who is connected, and follow sessions to other nodes."""
    app.extensions["holders"].refresh_bans()
    connections: ConnectionManager = app.extensions["connections"]
    # Not waited for: another process may hold the database's lock.
    app.extensions["loop"].spawn(connections.heartbeat.start)
    connections.sessions.start()


def _watch(metrics: Metrics, registry: Registry) -> None:
    broadcast_seconds = Histogram()
    registry.flusher.on_broadcast = broadcast_seconds.observe
    metrics.watch_histogram(
        "me_api_broadcast_seconds",
        "Time until a broadcast was sent to the last of its recipients",
        broadcast_seconds,
    )
    metrics.watch_labelled(
        "me_api_received",
        "Requests (cacheable GETs apart), events and messages of clients received",
        "interface",
        registry.received.by_interface,
    )
    metrics.unfinished_input.set_function(lambda: registry.input_budget.size)
    metrics.streams.set_function(lambda: len(registry.streams))
