"""The WSGI middleware around the application."""

from __future__ import annotations

from typing import Any

from engineio import WSGIApp as EngineIOMiddleware
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


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
