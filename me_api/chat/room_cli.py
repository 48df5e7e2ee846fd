"""The command line for rooms: `flask chat room`. A running server applies it at once."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from me_api.auth.audit import OPERATOR
from me_api.chat import rooms
from me_api.chat.models import Room
from me_api.chat.schemas import RoomDeletion, RoomPatch
from me_api.errors import ApiError, explain
from me_api.extensions import db
from me_api.storage.failures import to_api_error
from me_api.validation import validate


@click.group("room")
def room() -> None:
    """Rename, archive and delete rooms."""


@room.command("list")
@with_appcontext
def list_rooms() -> None:
    """List the rooms, with what guests may do in each."""
    existing = select(Room.name, Room.title, Room.guests, Room.archived)
    with db.engine.connect() as connection:
        found = connection.execute(existing.where(Room.deleted.is_(None)).order_by(Room.id)).all()
    for each in found:
        state = "archived" if each.archived else "open"
        click.echo(f"{each.name}\t{each.title}\t{each.guests}\t{state}")


@room.command("rename")
@click.argument("name")
@click.argument("title")
@with_appcontext
def rename(name: str, title: str) -> None:
    """Change the TITLE of the room NAME; its name stays."""
    _change(name, {"title": title})


@room.command("archive")
@click.argument("name")
@click.option("--undo", is_flag=True, help="Open it again.")
@with_appcontext
def archive(name: str, undo: bool) -> None:
    """Archive the room NAME: from now on it can only be read."""
    _change(name, {"archived": not undo})


@room.command("delete")
@click.argument("name")
@click.option("--reason", default="", help="For the log of the moderators.")
@click.confirmation_option(prompt="Delete the room and all its messages, for good?")
@with_appcontext
def delete(name: str, reason: str) -> None:
    """Delete the room NAME with all its messages. Its name is not used again."""
    try:
        given = validate(RoomDeletion, {"reason": reason})
        rooms.remove(name, given.reason, OPERATOR)
        rooms.sweep()
    except (ApiError, DBAPIError) as error:
        raise _failure(error) from None
    click.echo(f"Deleted {name}.")


def _change(name: str, values: dict[str, object]) -> None:
    try:
        patch = validate(RoomPatch, values)
        changed = rooms.change(name, patch.model_dump(exclude_none=True), OPERATOR)
    except (ApiError, DBAPIError) as error:
        raise _failure(error) from None
    state = f", archived since {changed['archived']}" if changed["archived"] else ""
    click.echo(f"{name} is {changed['title']!r}{state}.")


def _failure(error: ApiError | DBAPIError) -> click.ClickException:
    known = error if isinstance(error, ApiError) else to_api_error(error)
    return click.ClickException(explain(known))
