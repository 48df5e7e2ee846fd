"""The commands `flask chat say`, `flask chat export` and `flask chat join`."""

from __future__ import annotations

import sys
from functools import partial

import click
from flask.cli import with_appcontext

from me_api.auth import lookup, terminal_programs
from me_api.auth.identity import Identity
from me_api.chat import access, export, service
from me_api.chat.author import CommandLineAuthor
from me_api.chat.commands import NewNick
from me_api.storage.commands import command
from me_api.validation import validate

PROGRAM = "me-api"
"""The nick of messages from the command line if the site has no owner."""


@command("say")
@click.argument("room")
@click.argument("text")
@click.option("--nick", help=f"The author's nick; by default the site's owner, or {PROGRAM}.")
def say(room: str, text: str, nick: str | None) -> None:
    """Post TEXT to ROOM; a running server sends it to everybody in the room."""
    result = service.post(_author(nick), room, text)
    if result.message is None:
        click.echo(result.notice)
    else:
        click.echo(f"Said it as message {result.message['id']}.")


@command("export")
@click.argument("room")
def export_room(room: str) -> None:
    """Write all messages of ROOM to standard output, one JSON object on each line."""
    for page in export.lines(room, partial(access.find, room)):
        sys.stdout.buffer.write(page)


@click.command("join", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@with_appcontext
def join(arguments: tuple[str, ...]) -> None:
    """Chat in a room, in the terminal: flask chat join --help."""
    terminal_programs.replace_by("chat", "join", *arguments)


def _author(nick: str | None) -> CommandLineAuthor:
    # No proof is asked for: a person who can run commands here can read the secrets, too.
    if nick is None:
        user = lookup.owner()
        nick = PROGRAM
    else:
        nick = validate(NewNick, {"nick": nick}).nick
        user = lookup.by_nick(nick)
    if user is None:
        return CommandLineAuthor(Identity(), nick)
    return CommandLineAuthor(Identity(user.sender, user), None)
