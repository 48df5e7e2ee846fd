"""`SocketIO`: Flask-SocketIO's extension, on the servers of this package.

An application of Flask-SocketIO runs on it when its import is changed. What it adds are direct
handlers, which features declare: they get the client (`Peer`), and no request.
"""

from __future__ import annotations

from contextvars import Context, copy_context
from typing import Any

import flask_socketio
from flask import Flask
from socketio.exceptions import ConnectionRefusedError
from werkzeug._reloader import run_with_reloader
from werkzeug.debug import DebuggedApplication

from me_api.transport.application import check_options, serve_application
from me_api.transport.lifecycle import Signals
from me_api.transport.middleware import SocketIOMiddleware
from me_api.transport.socketio.event_context import EventContext
from me_api.transport.socketio.options import server_options, take_path
from me_api.transport.socketio.results import Handler
from me_api.transport.socketio.server import SocketIOServer
from me_api.transport.socketio.test_client import TestClient

PORT = 5000
"""Where an application listens by default, as in Flask-SocketIO."""


class SocketIO(flask_socketio.SocketIO):
    """The extension. What is not documented here is as in Flask-SocketIO.

    Options of its own: `connect_timeout` (seconds for which a connection may be in no namespace),
    `write_buffer_limit` (bytes that may wait for one client), `input_limit` (bytes that incomplete
    messages of all clients may take), `direct_namespaces` (those of whose direct handlers are
    called; by default all) and `flask_paths` (paths below Socket.IO's whose requests are Flask's).
    """

    server: SocketIOServer | None
    handlers: list[tuple[str, Handler, str]]
    manage_session: bool
    server_options: dict[str, Any]
    exception_handlers: dict[str, Handler]
    default_exception_handler: Handler | None

    def __init__(self, app: Flask | None = None, **options: Any) -> None:
        self.direct_handlers: list[tuple[str, Handler, str]] = []
        self._signals: Signals | None = None
        super().__init__(app, **options)

    def init_app(self, app: Flask | None, **options: Any) -> None:
        """Create the server of an application, or, without one, what publishes to its queue.

        Raises `UnsupportedError` for an option that the engine does not have, `TypeError` for one
        that Flask-SocketIO does not have either.
        """
        self.server_options.update(options)
        if app is None:
            # An application may follow: what Flask-SocketIO stores here is for emitting alone.
            given = dict(self.server_options)
            super().init_app(None, **options)
            self.server_options = given
            return
        app.extensions["socketio"] = self
        given = dict(self.server_options)
        self.manage_session = given.pop("manage_session", self.manage_session)
        path = take_path(given)
        served = given.pop("direct_namespaces", None)
        flask_paths = given.pop("flask_paths", ())
        server = self.server = SocketIOServer(_context_of(app), **server_options(app, given))
        self.async_mode = server.async_mode
        for event, handler, namespace in self.direct_handlers:
            if served is None or namespace in served:
                server.on_direct(event, handler, namespace)
        for event, handler, namespace in self.handlers:
            server.on(event, handler, namespace=namespace)
        for handlers in self.namespace_handlers:
            server.register_namespace(handlers)
        self.sockio_mw = SocketIOMiddleware(server, app, path, flask_paths)
        app.wsgi_app = self.sockio_mw  # type: ignore[method-assign]

    def on(self, message: str, namespace: str | None = None) -> Handler:
        """Return a decorator for a handler, also of applications that are made later."""
        decorate = super().on(message, namespace)

        def register(handler: Handler) -> Handler:
            # Without a server, Flask-SocketIO stores the handler for it.
            server, self.server = self.server, None
            try:
                decorate(handler)
            finally:
                self.server = server
            if server is not None:
                name, wrapped, accepted = self.handlers[-1]
                server.on(name, wrapped, namespace=accepted)
            return handler

        return register

    def on_direct(self, event: str, handler: Handler, namespace: str) -> None:
        """Register a handler that is called without a request; before `init_app`."""
        self.direct_handlers.append((event, handler, namespace))

    def _handle_event(
        self, handler: Handler, message: str | None, namespace: str, sid: str, *args: Any
    ) -> Any:
        """Call a stock handler in a request context, as Flask-SocketIO does, but sooner."""
        server = self.server
        environ = None if server is None else server.get_environ(sid, namespace=namespace)
        app: Flask | None = None if environ is None else environ["flask.app"]
        if (
            environ is None
            or app is None
            or message == "connect"
            or not self.manage_session
            or "saved_session" not in environ
            or type(app).request_context is not Flask.request_context
        ):
            return super()._handle_event(handler, message, namespace, sid, *args)
        with EventContext(app, environ, session=environ["saved_session"]) as context:
            request: Any = context.request
            request.sid, request.namespace = sid, namespace
            request.event = {"message": message, "args": args}
            try:
                return handler(*args)
            except ConnectionRefusedError:
                raise
            except Exception as error:
                handle = self.exception_handlers.get(namespace, self.default_exception_handler)
                if handle is None:
                    raise
                return handle(error)

    def run(
        self, app: Flask, host: str | None = None, port: int | None = None, **options: Any
    ) -> None:
        """Serve the application until SIGTERM, SIGINT or `stop`, then close all connections.

        Options: `debug`, `use_reloader`, `reloader_options`, `extra_files`, `log_output`.
        `allow_unsafe_werkzeug` is without effect: Werkzeug does not serve. Raises `OSError` if the
        system refuses the address.
        """
        debug = options.pop("debug", app.debug)
        log_output = options.pop("log_output", debug)
        use_reloader = options.pop("use_reloader", debug)
        reloader_options = options.pop("reloader_options", {})
        if extra_files := options.pop("extra_files", None):
            reloader_options["extra_files"] = extra_files
        options.pop("allow_unsafe_werkzeug", None)
        check_options(options)
        app.debug = debug
        if debug:
            self.sockio_mw.wsgi_app = DebuggedApplication(self.sockio_mw.wsgi_app, evalex=True)
        server = app.extensions["socketio"].server
        address = (host or "127.0.0.1", _default_port(app) if port is None else port)

        def serve() -> None:
            signals = self._signals = Signals()
            serve_application(app, server, signals, *address, access_log=log_output)

        if use_reloader:
            run_with_reloader(serve, **reloader_options)
        else:
            serve()

    def stop(self) -> None:
        """Stop the server that `run` has started, after the current handlers have returned.

        Raises `RuntimeError` if there is none.
        """
        if self._signals is None:
            raise RuntimeError("Only run() starts a server that can be stopped.")
        self._signals.received()

    def test_client(self, app: Flask, *args: Any, **options: Any) -> TestClient:
        """Return a client for tests, which is connected to `namespace` unless it was refused."""
        return TestClient(app, self, *args, **options)


def _default_port(app: Flask) -> int:
    _, colon, port = (app.config["SERVER_NAME"] or "").rpartition(":")
    return int(port) if colon else PORT


def _context_of(app: Flask) -> Context:
    """Return a context in which the app is the current one."""
    context = copy_context()
    context.run(lambda: app.app_context().push())
    return context
