"""The command `flask monitor`, which starts a client."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from me_api.auth import terminal_programs

PASS_ON = {"ignore_unknown_options": True, "help_option_names": []}
"""The program itself reads its options."""


@click.command("monitor", context_settings=PASS_ON)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@with_appcontext
def monitor(arguments: tuple[str, ...]) -> None:
    """Show an owner what a server does, in the terminal: flask monitor --help."""
    terminal_programs.replace_by("monitor", *arguments)
