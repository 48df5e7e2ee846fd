"""The command `flask monitor`, with a screen or without."""

from __future__ import annotations

import asyncio
import sys

import click

from terminal import sign_in
from terminal.credentials import Credentials
from terminal.failures import Failure, OutputClosed
from terminal.monitor.app import MonitorApp
from terminal.monitor.feed import MonitorFeed
from terminal.monitor.plain import PlainMonitor
from terminal.options import INTERRUPTED, Address, CommandFailure, check_number
from terminal.output import has_screen
from terminal.server import Server


@click.command()
@click.argument("url", type=Address(), required=False)
@click.option(
    "--token", envvar=sign_in.TOKEN_VARIABLE, help="An owner's; others see it in the process list."
)
@click.option("--email", help="Of an owner, whose password is asked for.")
@click.option(
    "--interval",
    type=click.FloatRange(0.2, 3600),
    callback=check_number,
    default=1.0,
    show_default=True,
    help="Seconds between two measurements.",
)
def monitor(url: str | None, token: str | None, email: str | None, interval: float) -> None:
    """Show what the server at URL does, to an owner: connections, messages, times, errors.

    Without URL it is the server of this folder's settings, as its owner. Where the output is no
    terminal, each measurement is written as a line of JSON.
    """
    try:
        site = sign_in.site(url)
        asyncio.run(sign_in.check(site.url))
        given = None if email else token or site.token
        credentials = sign_in.credentials(given, email)
        asyncio.run(_monitor(site.url, credentials, interval))
    except OutputClosed as closed:
        sys.exit(closed.exit_code)
    except Failure as failure:
        raise CommandFailure(failure) from None
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


async def _monitor(url: str, credentials: Credentials, interval: float) -> None:
    async with Server(url, credentials) as server:
        if credentials.token is None:
            await server.log_in()
        feed = MonitorFeed(server, interval)
        await feed.start()
        if not has_screen():
            await feed.run(PlainMonitor(sys.stdout, sys.stderr).take)
            return
        app = MonitorApp(url, feed)
        await app.run_async()
        if app.failure is not None:
            raise app.failure
