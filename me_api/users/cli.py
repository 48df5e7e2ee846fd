"""The command `flask users create`."""

from __future__ import annotations

import sys

import click
from pydantic import TypeAdapter, ValidationError

from me_api.auth.audit import OPERATOR
from me_api.auth.users import Role
from me_api.storage.commands import command
from me_api.users import service
from me_api.users.schemas import MAX_PASSWORD, MIN_PASSWORD, Email, Registration
from me_api.validation import validate
from me_api.validation.messages import describe

_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


@command("create")
@click.option("--owner", is_flag=True, help="May edit and delete everything.")
@click.option("--email", help="Address to log in with; asked for if it is missing.")
@click.option("--nick", help="Shown name; by default the part of the email before the @.")
@click.option(
    "--password", help="Asked for on the terminal if it is missing; 8 characters or more."
)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create(
    owner: bool, email: str | None, nick: str | None, password: str | None, password_stdin: bool
) -> None:
    """Create a user, even if registration is closed."""
    if email is None:
        email = click.prompt("Email", value_proc=_of_an_address)
    # What else is wrong is said before a password has to be typed twice.
    validate(Registration, {"email": email, "nick": nick, "password": "*" * MIN_PASSWORD})
    password = _password(password, from_input=password_stdin)
    values = {"email": email, "nick": nick, "password": password}
    role: Role = "owner" if owner else "member"
    user = service.create(validate(Registration, values), role, actor=OPERATOR)
    click.echo(f"Made the {user.role} {user.nick} <{user.email}>.")


def _password(given: str | None, *, from_input: bool) -> str:
    if given is not None and from_input:
        raise click.UsageError("Only one of --password and --password-stdin is possible.")
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    if given is not None:
        return given
    if not is_terminal():
        raise click.UsageError("There is no terminal to ask on: use --password-stdin.")
    asked: str = click.prompt(
        f"Password, {MIN_PASSWORD} characters or more",
        hide_input=True,
        confirmation_prompt=True,
        value_proc=_of_a_length,
    )
    return asked


def _of_an_address(email: str) -> str:
    # Refused before a password has to be typed; click then asks anew.
    try:
        return _EMAIL.validate_python(email)
    except ValidationError as error:
        raise click.UsageError(describe(error.errors()[0])) from None


def _of_a_length(password: str) -> str:
    # Refused before it has to be typed again; click then asks anew.
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise click.UsageError(f"must have {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    return password


def is_terminal() -> bool:
    """Return whether the standard input is a terminal."""
    return sys.stdin.isatty()
