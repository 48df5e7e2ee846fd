"""The command line for long-lived tokens: `flask tokens`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from me_api.auth import lookup, users
from me_api.auth.audit import OPERATOR
from me_api.auth.scope import ACTIONS
from me_api.auth.users import User
from me_api.eventlog import log, timestamp
from me_api.extensions import db
from me_api.storage.commands import command
from me_api.tokens import service
from me_api.tokens.changes import RevokeToken
from me_api.tokens.schemas import NewApiToken
from me_api.validation import validate

MAX_DAYS = 36_500


@command("list")
@click.option("--user", help="Nick or email of a user; by default the tokens of all users.")
def list_tokens(user: str | None) -> None:
    """List tokens, without their secrets."""
    found = service.of_all() if user is None else service.of_user(_user(user))
    for token in found:
        click.echo(_describe(token))


@command("create")
@click.argument("name")
@click.option("--user", help="Nick or email of its user; by default the site's owner.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(ACTIONS),
    required=True,
    help="What it allows; may be repeated.",
)
@click.option("--room", "rooms", multiple=True, help="A room it is for; by default all rooms.")
@click.option("--days", type=click.IntRange(1, MAX_DAYS), help="It expires after so many days.")
def create(
    name: str, user: str | None, scopes: tuple[str, ...], rooms: tuple[str, ...], days: int | None
) -> None:
    """Create a token called NAME, and print it: it cannot be read again."""
    end = None if days is None else timestamp(datetime.now(UTC) + timedelta(days=days))
    values = {"name": name, "scopes": list(scopes), "rooms": list(rooms) or None, "expires": end}
    made = service.create(validate(NewApiToken, values), _user(user), OPERATOR)
    click.echo(_describe(made), err=True)
    click.echo(made["token"])


@command("revoke")
@click.argument("token_id", metavar="ID")
def revoke(token_id: str) -> None:
    """Revoke the token with this ID, also for what is open with it on a running server."""
    log.commit(RevokeToken(token_id, OPERATOR))
    click.echo(f"Revoked {token_id}.", err=True)


COMMANDS = (list_tokens, create, revoke)


def _user(name: str | None) -> User:
    """Return the user with this nick or email, by default the owner."""
    if name is None:
        found = lookup.owner()
    elif "@" in name:
        with db.engine.connect() as connection:
            found = users.find(connection, users.by_email(name))
    else:
        found = lookup.by_nick(name)
    if found is None:
        raise click.ClickException(
            "There is no owner: name a user with --user." if name is None else f"No user {name!r}."
        )
    return found


def _describe(token: dict[str, Any]) -> str:
    rooms = "all rooms" if token["rooms"] is None else ", ".join(token["rooms"]) or "no room"
    used = f"last used {token['last_used']}" if token["last_used"] else "never used"
    parts = [token["user"], " ".join(token["scopes"]), rooms, used]
    if token["expires"]:
        parts.append(f"expires {token['expires']}")
    return f"{token['id']}  {token['name']}: {'; '.join(parts)}"
