"""Adds `flask db copy` to an application."""

from __future__ import annotations

from typing import cast

import click
from flask import Flask

from me_api.copying.cli import copy_database


def init_app(app: Flask) -> None:
    """Add the command to those of Flask-Migrate."""
    cast(click.Group, app.cli.commands["db"]).add_command(copy_database)
