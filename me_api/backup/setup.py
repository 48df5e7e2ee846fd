"""Adds `flask backup` and `flask db new-epoch` to an application."""

from __future__ import annotations

from typing import cast

import click
from flask import Flask

from me_api.backup import cli


def init_app(app: Flask) -> None:
    """Add the commands; `db` is the group of Flask-Migrate."""
    app.cli.add_command(cli.backup)
    cast(click.Group, app.cli.commands["db"]).add_command(cli.new_epoch)
