"""Replacing the flask command by a program of the package `terminal`, as the site's owner."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import click
from sqlalchemy.exc import DBAPIError

from me_api.auth import lookup, web_tokens
from me_api.extensions import settings

ROOT = Path(__file__).parents[2]
LIBRARIES = ("httpx", "textual", "websockets")
MISSING = (
    "The programs for the terminal are not installed. In a checkout of me-api, run"
    " .venv/bin/pip install -r requirements-terminal.txt"
)
TOKEN_HOURS = 720
"""How long a program may run: its token is not renewed."""
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses that servers listen on, and where they are reached from the same machine."""


def replace_by(*arguments: str) -> None:
    """Run a program in place of this process; without a URL it connects to the local server.

    Raises `click.ClickException` if it is not installed.
    """
    if not (ROOT / "terminal").is_dir() or not all(map(find_spec, LIBRARIES)):
        raise click.ClickException(MISSING)
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    # By the environment, since other users of the machine see the arguments.
    environment = {"PYTHONPATH": path, "ME_LOCAL_URL": local_url(), "ME_LOCAL_TOKEN": owner_token()}
    sys.stdout.flush()
    # Another process, since it runs asyncio, and nothing of the libraries that the server needs.
    command = [sys.executable, "-P", "-m", "terminal", *arguments]
    os.execve(sys.executable, command, os.environ | environment)


def local_url() -> str:
    """Return the address of the server with these settings."""
    host = EVERYWHERE.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def owner_token() -> str:
    """Return a new token of the site's owner; empty if there is none, or no database."""
    # No proof is asked for: a person who can run commands here can read the secrets, too.
    try:
        owner = lookup.owner()
    except DBAPIError:
        # There is none where the program is run for a server elsewhere. It asks for a login.
        return ""
    if owner is None or owner.disabled is not None:
        return ""
    return web_tokens.issue(
        owner.id, settings.jwt_secret, TOKEN_HOURS, owner.info, generation=owner.generation
    )
