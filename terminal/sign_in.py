"""As which user a program connects: options, the environment, or what it asks for."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

import click

from terminal import address
from terminal.credentials import Credentials, Login
from terminal.failures import NotServed, Refused, Unreachable
from terminal.server import Server

TOKEN_VARIABLE = "ME_TOKEN"
"""The environment variable with a token. A name that begins with ME_API_ would be a setting."""
LOCAL_URL, LOCAL_TOKEN = "ME_LOCAL_URL", "ME_LOCAL_TOKEN"
"""Set by the flask command: where the server of its settings listens, and a token of its owner."""


@dataclass(frozen=True, slots=True)
class Site:
    """A server, and the token of its owner if it is that of the settings."""

    url: str
    token: str | None


def site(url: str | None) -> Site:
    """Return the server at an address, or without one that of the flask command's settings.

    Raises `click.UsageError` if there is none. Its token is sent to no other server.
    """
    if url is not None:
        return Site(url, None)
    if LOCAL_URL not in os.environ:
        raise click.UsageError("Missing argument 'URL'.")
    return Site(address.parse(os.environ[LOCAL_URL]), os.environ.get(LOCAL_TOKEN) or None)


def credentials(token: str | None, email: str | None) -> Credentials:
    """Return a token that is given; otherwise ask for an email, if it is missing, and a password.

    Raises `click.UsageError` if there is no terminal to ask on.
    """
    if token:
        return Credentials(token)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(f"There is no terminal to ask on: set {TOKEN_VARIABLE} to a token.")
    if email is None:
        email = click.prompt("Email", err=True)
    password = click.prompt("Password", hide_input=True, err=True)
    return Credentials(login=Login(email, password))


async def check(url: str) -> None:
    """Raise a `Failure` if there is no me-api at an address."""
    async with Server(url, Credentials()) as server:
        try:
            answer = await server.get("healthz")
        except Refused as refused:
            if refused.is_temporary:
                raise
            answer = None
        except Unreachable as failure:
            raise Unreachable(f"{url}: {failure}") from None
        if answer != {"data": {"status": "ok"}}:
            raise NotServed(f"There is no me-api at {url}")
