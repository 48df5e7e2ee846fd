"""Adds the reports to an application."""

from __future__ import annotations

from flask import Flask

from me_api.realtime.setup import serve_feed, serve_namespace
from me_api.realtime.sse_subscriber import SseSource
from me_api.reports import events, routes
from me_api.reports.feed import ReportsFeed
from me_api.reports.user_data import ReportsOfUser


def init_services(app: Flask) -> None:
    """Add the reports to what is stored about users, also where they are not served."""
    app.extensions["user_data"].append(ReportsOfUser())


def init_app(app: Flask) -> None:
    """Serve the reports to every kind of client."""
    app.register_blueprint(routes.blueprint)
    serve_namespace(app, events.namespace)
    serve_feed(app, ReportsFeed.name, SseSource("report"))
