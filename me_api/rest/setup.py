"""Adds to an application what holds for all routes."""

from __future__ import annotations

from flask import Flask
from flask_cors import CORS
from werkzeug.middleware.proxy_fix import ProxyFix

from me_api.config import Settings
from me_api.rest import error_handlers, read_position, security
from me_api.rest.converters import AnyInteger, StorableText
from me_api.rest.origins import OriginPolicy

EXPOSED = ("ETag", "Link", "Location", "Retry-After", "X-Epoch", "X-Rev")
"""The headers of responses that pages of other origins may read."""
MAX_BODY = 1_000_000
"""The most bytes of a request body, or of a Socket.IO message."""


def init_app(app: Flask) -> None:
    """Register error handlers, origins, and the forms of paths. Precedes all blueprints."""
    settings: Settings = app.config["SETTINGS"]
    policy = app.extensions["origins"] = OriginPolicy(settings.cors_origins)
    app.config.update(
        # One more, so that a chunked body that is truncated at the limit is known to be too long.
        MAX_CONTENT_LENGTH=MAX_BODY + 1,
        CORS_ORIGINS=policy.cors_origins,
        # Sent with every response, whether its origin is allowed or not.
        CORS_VARY_HEADER=False,
        CORS_EXPOSE_HEADERS=[*EXPOSED, *(["X-Request-ID"] if settings.access_log != "off" else [])],
    )
    app.url_map.converters.update(int=AnyInteger, default=StorableText)
    # Many front ends were written for Express, which ignores a slash at the end of a path.
    app.url_map.strict_slashes = False
    error_handlers.init_app(app)
    CORS(app)
    security.init_app(app)
    read_position.init_app(app)


def trust_proxies(app: Flask) -> None:
    """Take addresses and hosts from the headers of trusted proxies, also for Socket.IO.

    To be called when Socket.IO has been added to the application.
    """
    if proxies := app.config["SETTINGS"].trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
