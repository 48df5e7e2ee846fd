"""The command `flask me edit`."""

from __future__ import annotations

import sys
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from me_api.auth import lookup
from me_api.errors import ApiError
from me_api.me import service
from me_api.me.changes import EMPTY
from me_api.me.document import from_document, to_document
from me_api.me.schemas import PresentationEdit
from me_api.storage.commands import command, describe
from me_api.validation import validate


@command("edit")
@click.option("--name", help="Who you are, which cannot be empty; at first the owner's nick.")
@click.option("--headline", help="One line about you.")
@click.option("--text", help="More about you, in Markdown.")
@click.option("--file", type=click.File(encoding="utf-8"), help="A file with the text; - is input.")
@click.option("--link", multiple=True, help="'Title https://…'; repeated, it is a list.")
@click.option("--picture", help="The https address of a picture of you.")
def edit(file: Any, link: tuple[str, ...], **given: str | None) -> None:
    """Say who you are: with options, only what they name is changed; '' removes all but the name.

    Without any, the editor of $VISUAL or $EDITOR is opened. A running server shows the change at
    once.
    """
    values: dict[str, Any] = {name: text for name, text in given.items() if text is not None}
    if file is not None:
        if "text" in values:
            raise click.UsageError("Only one of --text and --file is possible.")
        values["text"] = _read(file)
    if link:
        values["links"] = "\n".join(link)
    written = _save(values) if values else _edit()
    if written is None:
        click.echo("Nothing was changed.")
    else:
        click.echo(f"Everybody sees it now, {written['name']}.")


def _edit() -> dict[str, Any] | None:
    """Edit the presentation until it is valid; return it, or None if nothing was saved."""
    if not is_terminal():
        raise click.UsageError("There is no terminal to edit on: use the options, see --help.")
    owner = lookup.owner()
    empty = {**EMPTY, "name": None if owner is None else owner.nick}
    document = to_document(service.find() or empty)
    while (edited := click.edit(document, extension=".md")) is not None:
        try:
            return _save(from_document(edited))
        except (ApiError, DBAPIError) as error:
            click.echo(describe(error), err=True)
            click.confirm("Edit it again?", default=True, abort=True)
            document = edited
    return None


def _save(values: dict[str, Any]) -> dict[str, Any]:
    return service.save_from_command_line(validate(PresentationEdit, values))


def _read(file: Any) -> str:
    try:
        text: str = file.read()
    except UnicodeDecodeError:
        raise click.UsageError(f"{file.name} is not UTF-8.") from None
    return text.removeprefix("\ufeff").rstrip("\n")


def is_terminal() -> bool:
    """Return whether a person can edit here."""
    return sys.stdin.isatty() and sys.stdout.isatty()
