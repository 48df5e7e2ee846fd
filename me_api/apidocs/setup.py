"""Adds the API's description to an application."""

from __future__ import annotations

from flask import Flask

from me_api.apidocs import routes


def init_app(app: Flask) -> None:
    """Serve OpenAPI, AsyncAPI and `/docs`."""
    app.register_blueprint(routes.blueprint)
