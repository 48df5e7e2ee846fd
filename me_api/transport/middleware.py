"""The WSGI middleware around the application."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from engineio import WSGIApp as EngineIOMiddleware
from flask import Flask
from flask_socketio import _SocketIOMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix


class SocketIOMiddleware(_SocketIOMiddleware):
    """Passes requests to the Socket.IO server, except those for the paths that are Flask's."""

    def __init__(
        self, server: Any, app: Flask, socketio_path: str, flask_paths: Collection[str]
    ) -> None:
        super().__init__(server, app, socketio_path=socketio_path)
        self._flask_paths = frozenset(flask_paths)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Respond to a request (WSGI, PEP 3333)."""
        if environ["PATH_INFO"] in self._flask_paths:
            return self.wsgi_app(environ, start_response)
        return super().__call__(environ, start_response)


def middleware_paths(app: Flask) -> tuple[str, ...]:
    """Return what the paths begin with whose requests middleware may answer, or change."""
    paths: list[str] = []
    layer: Any = app.wsgi_app
    while getattr(layer, "__self__", None) is not app:
        if isinstance(layer, EngineIOMiddleware):
            paths.append(layer.engineio_path)
            layer = layer.wsgi_app
        elif isinstance(layer, ProxyFix):
            # It changes the client's address and the host only.
            layer = layer.app
        else:
            return ("/",)
    return tuple(paths)
