"""Adds the course's pages to an application."""

from __future__ import annotations

from flask import Flask

from me_api.lessons import routes
from me_api.lessons.library import Library


def init_app(app: Flask) -> None:
    """Serve the pages and examples."""
    app.extensions["lessons"] = Library()
    app.register_blueprint(routes.blueprint)
