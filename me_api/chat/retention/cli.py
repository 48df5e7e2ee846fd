"""The commands `flask chat retention` and `flask chat prune`."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import Row

from me_api.chat.retention import service
from me_api.chat.room_changes import ChangeRoom
from me_api.chat.schemas import RoomPatch
from me_api.eventlog import log
from me_api.extensions import db
from me_api.storage.commands import command
from me_api.storage.mark import path_of
from me_api.storage.server_lock import is_locked
from me_api.validation import validate


@command("retention")
@click.argument("room")
@click.option("--days", type=int, help="Remove messages that are older; 0 keeps them for ever.")
@click.option("--messages", type=int, help="Keep so many of the newest; 0 keeps all.")
def retention(room: str, days: int | None, messages: int | None) -> None:
    """Show how long messages stay in ROOM, or change it; a running server follows."""
    given = {"retention_days": days, "retention_messages": messages}
    values = {name: value for name, value in given.items() if value is not None}
    if values:
        patch = validate(RoomPatch, values)
        log.commit(ChangeRoom(room, patch.model_dump(exclude_none=True)))
    click.echo(f"{room}: {_shown(service.find(db.engine, room))}.")


@command("prune")
@click.argument("room", required=False)
@click.option("--dry-run", is_flag=True, help="Only say how many messages would be removed.")
def prune(room: str | None, dry_run: bool) -> None:
    """Remove the old messages of ROOM, or of all rooms, by their retention.

    A running server does that by itself; live messages come before it. No message is removed in its
    first minute.
    """
    rooms = [service.find(db.engine, room)] if room else service.concerned(db.engine)
    path = path_of(db.engine.url)
    is_served = path is None or is_locked(path)
    for each in rooms:
        if dry_run:
            count = service.excess(db.engine, each)
            click.echo(f"{each.name}: {count:,} messages would be removed ({_kept(each)}).")
        else:
            count = sum(service.prune(log, each.name, pauses=is_served))
            click.echo(f"{each.name}: {count:,} messages removed ({_kept(each)}).")


def _kept(room: Row[Any]) -> str:
    limited = room.retention_days or room.retention_messages
    return f"{_shown(room)}, and all of the last minute" if limited else _shown(room)


def _shown(room: Row[Any]) -> str:
    limits = []
    if room.retention_days:
        limits.append(f"{room.retention_days:,} days")
    if room.retention_messages:
        limits.append(f"the newest {room.retention_messages:,}")
    return "keeps " + " of ".join(reversed(limits)) if limits else "keeps all messages"
