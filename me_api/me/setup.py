"""Adds the presentation and the me-page to an application."""

from __future__ import annotations

import click
from flask import Flask

from me_api.me import cli, events, routes
from me_api.me.author import AuthorWatch
from me_api.me.feed import PresentationFeed
from me_api.me.page import Page
from me_api.me.socketio_client import SocketIOClient
from me_api.me.user_data import PresentationOfUser
from me_api.realtime.setup import serve_feed, serve_namespace
from me_api.realtime.sse_subscriber import SseSource


def init_app(app: Flask) -> None:
    """Serve the presentation, and the page where everything is served; add `flask me`."""
    app.extensions["page"] = Page() if app.config["SETTINGS"].serve == "all" else Page(None)
    app.extensions["socketio_client"] = SocketIOClient()
    app.register_blueprint(routes.blueprint)
    serve_namespace(app, events.namespace)
    serve_feed(app, PresentationFeed.name, SseSource("me"))
    app.extensions["log"].source.on_access(AuthorWatch(app).follow)
    app.extensions["user_data"].append(PresentationOfUser())
    app.cli.add_command(
        click.Group("me", [cli.edit], help="The presentation: who the site is about.")
    )
