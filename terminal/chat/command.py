"""The command `flask chat join`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, replace

import click

from terminal import sign_in
from terminal.chat import guests, plain
from terminal.chat.app import ChatApp
from terminal.chat.guests import Guest
from terminal.chat.outbox import Outbox
from terminal.chat.session import RoomSession
from terminal.credentials import Credentials
from terminal.failures import UNFINISHED, Failure, OutputClosed
from terminal.options import INTERRUPTED, Address, CommandFailure
from terminal.output import has_screen
from terminal.server import Server
from terminal.text import one_line


@click.command("join")
@click.argument("room")
@click.argument("url", type=Address(), required=False)
@click.option("--nick", help="As a guest; by default the nick that was used last.")
@click.option("--email", help="Log in as this user, whose password is asked for.")
@click.option(
    "--token", envvar=sign_in.TOKEN_VARIABLE, help="A user's; others see it in the process list."
)
@click.option("--read-only", is_flag=True, help="Join without a nick, as a guest who only reads.")
@click.option("--follow", is_flag=True, help="Go on after the end of an input that is no terminal.")
def join(
    room: str,
    url: str | None,
    nick: str | None,
    email: str | None,
    token: str | None,
    read_only: bool,
    follow: bool,
) -> None:
    """Chat in ROOM at the server at URL, as a user or as a guest, whose secret is kept.

    Without URL it is the server of this folder's settings, and the user its owner. Where input or
    output is no terminal, each line of the input is posted, and each message written as a line.
    """
    if nick is not None and (email or read_only):
        raise click.UsageError("--nick is for guests who write.")
    try:
        site = sign_in.site(url)
        asyncio.run(sign_in.check(site.url))
        guest = None
        if read_only:
            credentials = Credentials()
        elif email or (nick is None and (token or site.token)):
            credentials = sign_in.credentials(token or site.token, email)
        else:
            guest = _guest(site.url, nick)
            credentials = Credentials(guest=guest.secret)
        chat = Chat(site.url, credentials, room, guest)
        outbox = asyncio.run(chat.run(follow=follow, reads_only=read_only))
    except OutputClosed as closed:
        sys.exit(closed.exit_code)
    except Failure as failure:
        raise CommandFailure(failure) from None
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    for pending in outbox.waiting:
        click.echo(f"Error: Not posted: {one_line(pending.text)}", err=True)
    if outbox.has_refused or outbox.waiting:
        sys.exit(UNFINISHED)


def _guest(url: str, nick: str | None) -> Guest:
    """Return the guest of a server: the secret that is kept, and a nick that may be asked for."""
    kept = guests.load(url)
    guests.save(url, kept)
    nick = nick or kept.nick
    if nick is None:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise click.UsageError("There is no terminal to ask on: give --nick or --read-only.")
        nick = click.prompt("Nick", err=True)
    return replace(kept, nick=nick)


@dataclass(frozen=True)
class Chat:
    """A chat in a room, on a screen or without."""

    url: str
    credentials: Credentials
    room: str
    guest: Guest | None

    async def run(self, *, follow: bool, reads_only: bool) -> Outbox:
        """Chat until the user ends it; return what was not posted. Raises a `Failure`."""
        async with Server(self.url, self.credentials) as server:
            if self.credentials.login is not None:
                await server.log_in()
            session = RoomSession(server, self.room, self.guest.nick if self.guest else None)
            session.on_live = self._keep_guest
            await session.start()
            if has_screen():
                app = ChatApp(self.url, session, reads_only=reads_only)
                await app.run_async()
                if app.failure is not None:
                    raise app.failure
            else:
                chat = plain.PlainChat(session.outbox, sys.stdout, sys.stderr)
                await plain.run(session, chat, follow=follow)
            return session.outbox

    def _keep_guest(self, nick: str | None) -> None:
        """Keep the nick, now that the server has accepted it."""
        if self.guest is not None:
            guests.save(self.url, replace(self.guest, nick=nick))
