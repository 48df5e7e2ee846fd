"""The command line for accounts: `flask users`, but for `create`."""

from __future__ import annotations

from math import isnan
from typing import get_args

import click

from me_api.auth.audit import OPERATOR
from me_api.auth.users import Role
from me_api.eventlog import log
from me_api.extensions import settings
from me_api.storage.commands import command
from me_api.users import account, administration, resets
from me_api.users.admin_changes import ManageUser
from me_api.users.schemas import UsersQuery
from me_api.validation import PAGE_MAX

RESET_HOURS = 24.0


def _a_number(context: click.Context, parameter: click.Parameter, value: float) -> float:
    # It is not less than any bound, nor more.
    if isnan(value):
        raise click.BadParameter("nan is no number.")
    return value


user_argument = click.argument("user", metavar="USER")
"""The email, the nick or the id of a user."""


@command("list")
def list_users() -> None:
    """List all users: id, role, nick, email, and whether the account is disabled."""
    after, more = 0, True
    while more:
        page = administration.page(UsersQuery(after=after, limit=PAGE_MAX))
        for user in page["data"]:
            state = " (disabled)" if user["disabled"] else ""
            click.echo(f"{user['id']} {user['role']} {user['nick']} <{user['email']}>{state}")
            after = user["id"]
        more = page["more"]


@command("role")
@user_argument
@click.argument("role", type=click.Choice(get_args(Role)))
def change_role(user: str, role: str) -> None:
    """Make USER an owner, a moderator or a member."""
    made = log.commit(ManageUser(administration.named(user).id, OPERATOR, role=role))
    click.echo(f"{made.nick} is {made.role} now.")


@command("disable")
@user_argument
def disable(user: str) -> None:
    """Disable the account of USER, who is signed out everywhere and cannot log in."""
    made = log.commit(ManageUser(administration.named(user).id, OPERATOR, disabled=True))
    click.echo(f"The account of {made.nick} is disabled.")


@command("enable")
@user_argument
def enable(user: str) -> None:
    """Enable the account of USER again."""
    made = log.commit(ManageUser(administration.named(user).id, OPERATOR, disabled=False))
    click.echo(f"The account of {made.nick} is enabled.")


@command("sign-out")
@user_argument
def sign_out(user: str) -> None:
    """Sign USER out on all devices."""
    found = administration.named(user)
    account.sign_out(found, OPERATOR)
    click.echo(f"{found.nick} is signed out.")


@command("reset")
@user_argument
@click.option(
    "--hours",
    type=click.FloatRange(0, 8760, min_open=True),
    callback=_a_number,
    default=RESET_HOURS,
    help="Hours for which the link is valid; 24 by default.",
)
def reset(user: str, hours: float) -> None:
    """Print a link with which USER sets a new password, once."""
    click.echo(resets.make_link(administration.named(user), hours, OPERATOR))
    if not settings.public_url:
        click.echo(
            f"The link leads to {account.site_url()}: set ME_API_PUBLIC_URL if the site has another"
            " address, or ME_API_PORT if the server has another port.",
            err=True,
        )


@command("delete")
@user_argument
@click.option(
    "--messages",
    type=click.Choice(["keep", "delete"]),
    required=True,
    help="Whether messages and reports of the user stay.",
)
def delete(user: str, messages: str) -> None:
    """Delete the account of USER, and what USER has written if you say so."""
    found = administration.named(user)
    deleted = account.remove(found, None, with_messages=messages == "delete", actor=OPERATOR)
    written = ", ".join(f"{count} {name}" for name, count in deleted.items())
    click.echo(f"Deleted the account of {found.nick}{written and f', {written}'}.")


COMMANDS = (list_users, change_role, disable, enable, sign_out, reset, delete)
