"""The command line for accounts: `flask users`."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from me_api.auth.users import Role
from me_api.errors import ApiError, explain
from me_api.storage.failures import to_api_error
from me_api.users import service
from me_api.users.schemas import Registration
from me_api.validation import validate


@click.command("create")
@click.option("--owner", is_flag=True, help="May edit and delete everything.")
@click.option("--email", prompt=True)
@click.option("--nick", help="Shown name; by default the part of the email before the @.")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
@with_appcontext
def create(owner: bool, email: str, nick: str | None, password: str) -> None:
    """Create a user, even if registration is closed."""
    values = {"email": email, "nick": nick, "password": password}
    role: Role = "owner" if owner else "member"
    try:
        user = service.create(validate(Registration, values), role)
    except ApiError as error:
        raise click.ClickException(explain(error)) from None
    except DBAPIError as error:
        raise click.ClickException(explain(to_api_error(error))) from None
    click.echo(f"Made the {user.role} {user.nick} <{user.email}>.")
