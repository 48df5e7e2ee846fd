"""The command line for rooms: `flask chat room`. A running server applies it at once."""

from __future__ import annotations

import click

from me_api.auth.audit import OPERATOR
from me_api.chat import rooms
from me_api.chat.schemas import RoomDeletion, RoomPatch
from me_api.storage.commands import command
from me_api.validation import validate


@command("list")
def list_rooms() -> None:
    """List the rooms, with what guests may do in each."""
    for each in rooms.existing():
        state = "archived" if each.archived else "open"
        click.echo(f"{each.name}\t{each.title}\t{each.guests}\t{state}")


@command("rename")
@click.argument("name")
@click.argument("title")
def rename(name: str, title: str) -> None:
    """Change the TITLE of the room NAME; its name stays."""
    _change(name, {"title": title})


@command("archive")
@click.argument("name")
@click.option("--undo", is_flag=True, help="Open it again.")
def archive(name: str, undo: bool) -> None:
    """Archive the room NAME: from now on it can only be read."""
    _change(name, {"archived": not undo})


@command("delete")
@click.argument("name")
@click.option("--reason", default="", help="For the log of the moderators.")
@click.confirmation_option(prompt="Delete the room and all its messages, for good?")
def delete(name: str, reason: str) -> None:
    """Delete the room NAME with all its messages. Its name is not used again."""
    given = validate(RoomDeletion, {"reason": reason})
    rooms.remove(name, given.reason, OPERATOR)
    rooms.sweep()
    click.echo(f"Deleted {name}.")


room = click.Group(
    "room", [list_rooms, rename, archive, delete], help="Rename, archive and delete rooms."
)


def _change(name: str, values: dict[str, object]) -> None:
    patch = validate(RoomPatch, values)
    changed = rooms.change(name, patch.model_dump(exclude_none=True), OPERATOR)
    state = f", archived since {changed['archived']}" if changed["archived"] else ""
    click.echo(f"{name} is {changed['title']!r}{state}.")
