"""Adds moderation to an application."""

from __future__ import annotations

import click
from flask import Flask

from me_api.moderation import cli, routes


def init_app(app: Flask) -> None:
    """Serve bans, purges and their log, and add `flask moderation`."""
    app.register_blueprint(routes.blueprint)
    app.cli.add_command(
        click.Group("moderation", cli.COMMANDS, help="Bans, purges, and the log of both.")
    )
