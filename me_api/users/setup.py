"""Adds accounts to an application."""

from __future__ import annotations

import click
from flask import Flask

from me_api.eventlog import retry
from me_api.users import account, account_routes, admin_cli, admin_routes, cli, routes


def init_app(app: Flask) -> None:
    """Serve accounts, and add `flask users`."""
    for module in (routes, account_routes, admin_routes):
        app.register_blueprint(module.blueprint)
    app.cli.add_command(click.Group("users", [cli.create, *admin_cli.COMMANDS], help="Accounts."))


def start(app: Flask) -> None:
    """Finish in the background what the end of a process has interrupted."""
    retry.until_success(app.extensions["loop"], account.UNFINISHED, account.finish_deletions)
