"""The commands `flask backup` and `flask db new-epoch`."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from me_api.backup import service
from me_api.backup.epochs import begin_epoch
from me_api.backup.service import DamagedBackup
from me_api.config import ConfigError
from me_api.eventlog import log, position
from me_api.extensions import db
from me_api.storage.commands import describe
from me_api.storage.mark import path_of
from me_api.storage.server_lock import ServerLock

NOT_SQLITE = (
    "flask backup copies SQLite databases. PostgreSQL has pg_dump for that: see "
    "docs/operations.md, Backups of PostgreSQL."
)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Replace FILE if it exists.")
@with_appcontext
def backup(file: Path, replace: bool) -> None:
    """Write a backup of the database to FILE, also while the server runs; check it.

    A server that is started on FILE, or on a copy of it, begins a new epoch.
    """
    if path_of(db.engine.url) is None:
        raise click.ClickException(NOT_SQLITE)
    try:
        contents = service.back_up(db.engine, file, replace=replace, progress=_show)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
    except DamagedBackup as error:
        raise click.ClickException(f"Nothing was written: the copy is damaged: {error}.") from None
    except (OSError, sqlite3.Error) as error:
        raise click.ClickException(f"Nothing was written: {error}.") from None
    except DBAPIError as error:
        raise click.ClickException(f"Nothing was written: {describe(error)}") from None
    kinds = ("messages", "reports", "users")
    rows = ", ".join(_counted(contents.rows[kind], kind) for kind in kinds)
    size = file.stat().st_size / 1e6
    click.echo(f"Wrote {file}: {rows}, up to rev {contents.head}; {size:,.1f} MB, checked.")


def _counted(number: int, kind: str) -> str:
    return f"{number:,} {kind.removesuffix('s') if number == 1 else kind}"


@click.command("new-epoch")
@with_appcontext
def new_epoch() -> None:
    """Begin a new epoch, after a restore that the server cannot notice by itself.

    No cursor and no session that a client has is valid any more: clients start over.
    """
    path = path_of(db.engine.url)
    try:
        lock = ServerLock(path) if path else None
        begin_epoch(log.database.writer_engine())
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
    except (OSError, DBAPIError) as error:
        reason = describe(error) if isinstance(error, DBAPIError) else error
        raise click.ClickException(f"Nothing was changed: {reason}") from None
    if lock is not None:
        lock.accept(position.MARK)
    click.echo(f"The log goes on at rev {log.head}, in the epoch {log.epoch}.")


def _show(left: int, all_: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{100 * (all_ - left) // max(1, all_)} %", err=True, nl=left == 0)
