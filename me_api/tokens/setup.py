"""Adds long-lived tokens to an application."""

from __future__ import annotations

import click
from flask import Flask

from me_api.tokens import cli, routes


def init_app(app: Flask) -> None:
    """Serve long-lived tokens, and add `flask tokens`."""
    app.register_blueprint(routes.blueprint)
    app.cli.add_command(
        click.Group("tokens", cli.COMMANDS, help="Long-lived tokens, for sensors and scripts.")
    )
