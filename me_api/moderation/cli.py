"""The command line of operators: `flask moderation`. A running server applies it at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from me_api.auth.audit import OPERATOR
from me_api.moderation import service, targets
from me_api.moderation.schemas import LogQuery, NewBan, Purge
from me_api.rest.request import as_network
from me_api.storage.commands import command
from me_api.validation import MAX_INT, Input, validate

M = TypeVar("M", bound=Input)
Function = TypeVar("Function", bound=Callable[..., None])

_LOG = {
    "time": "time",
    "actor": "by whom",
    "action": "what",
    "room": "room",
    "target": "to whom or what",
    "count": "messages",
    "reason": "reason",
    "actor_id": "id of by whom",
    "target_id": "id of to whom",
}
"""The columns of the log, and what stands above each."""


def _targets(function: Function) -> Function:
    for option in (
        click.option("--user", help="The nick of a registered user."),
        click.option("--message", metavar="ROOM/ID", help="A message, whose sender is meant."),
        click.option("--room", help="Only in this room; by default the whole site."),
        click.option("--reason", default="", help="For the log, and for whom it is about."),
    ):
        function = option(function)
    return function


@command("ban")
@_targets
@click.option("--address", help="An IPv4 address, or an IPv6 address, whose /64 is meant.")
@click.option("--minutes", type=int, help="How long; by default until it is lifted.")
@click.option("--with-address", is_flag=True, help="Ban the address of the guest, too.")
def ban(with_address: bool, **options: Any) -> None:
    """Ban a user, the sender of a message, or the guests of an address."""
    body = _validate(NewBan, options | ({"with_address": True} if with_address else {}))
    address = None if body.address is None else as_network(body.address)
    target = targets.find(message=body.message, user=body.user, address=address)
    made = service.ban(
        target,
        OPERATOR,
        room=body.room,
        minutes=body.minutes,
        with_address=body.with_address,
        reason=body.reason,
    )
    click.echo(f"Ban {made['id']}: {_describe(made)}.")


@command("unban")
@click.argument("ban_id", metavar="ID", type=click.IntRange(1, MAX_INT))
def unban(ban_id: int) -> None:
    """End the ban with this ID."""
    service.unban(ban_id, OPERATOR)
    click.echo(f"Ban {ban_id} has ended.")


@command("bans")
def list_bans() -> None:
    """List the bans that have not ended."""
    click.echo(_columns("id", "ban", "by whom", "reason", "user id"))
    for each in service.all_bans():
        values = (each["id"], _describe(each), each["actor"], each["reason"], each["target_id"])
        click.echo(_columns(*values))


@command("purge")
@_targets
def purge(**options: Any) -> None:
    """Delete all messages of a user, or of the sender of a message."""
    body = _validate(Purge, options)
    target = targets.find(message=body.message, user=body.user)
    done = service.purge_messages(target, OPERATOR, body.room, body.reason)
    click.echo(f"Deleted {done['count']} messages of {done['target']}.")


@command("log")
@click.option("--limit", type=click.IntRange(1, 200), default=50, help="How many entries.")
def show_log(limit: int) -> None:
    """Show what owners and moderators have done to others, newest first.

    The ids of the two users stay when they have other nicks.
    """
    click.echo(_columns(*_LOG.values()))
    for entry in service.entries(LogQuery(limit=limit))["data"]:
        click.echo(_columns(*[entry[name] for name in _LOG]))


def _columns(*values: object) -> str:
    return "\t".join("" if value is None else str(value) for value in values)


def _validate(model: type[M], options: dict[str, Any]) -> M:
    given = {name: value for name, value in options.items() if value is not None}
    if "message" in given:
        room, _, number = given["message"].rpartition("/")
        if not number.isdecimal():
            raise click.UsageError("A message is named by its room and id, such as lobby/42.")
        given["message"] = {"room": room, "id": int(number)}
    return validate(model, given)


def _describe(made: dict[str, Any]) -> str:
    place = made["room"] or "the site"
    return f"{made['kind']} {made['target']} from {place} until {made['until'] or 'lifted'}"


COMMANDS = (ban, unban, list_bans, purge, show_log)
