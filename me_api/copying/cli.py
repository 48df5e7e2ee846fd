"""The command `flask db copy`, beside those of Flask-Migrate."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click
from alembic.util import CommandError
from flask.cli import with_appcontext
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from me_api.config import ConfigError
from me_api.copying import service
from me_api.copying.destination import Destination
from me_api.copying.source import Source
from me_api.copying.tables import Different
from me_api.storage.failures import reason

DRIVERS = ("sqlite", "postgresql+psycopg")


class DatabaseUrl(click.ParamType[URL]):
    """A database URL of a kind that me-api works with."""

    name = "URL"

    def convert(self, value: Any, param: Any, ctx: Any) -> URL:
        try:
            url = make_url(value)
        except ArgumentError:
            url = None
        if url is None or url.drivername not in DRIVERS or not url.database:
            self.fail(
                f"{value!r} is no URL such as sqlite:////srv/me-api.sqlite or "
                "postgresql+psycopg://user@host/name"
            )
        return url


@click.command("copy")
@click.argument("source", metavar="FROM", type=DatabaseUrl())
@click.argument("target", metavar="TO", type=DatabaseUrl())
@click.option("--snapshot", is_flag=True, help="FROM as it is now, with a new epoch.")
@with_appcontext
def copy_database(source: URL, target: URL, snapshot: bool) -> None:
    """Copy the database FROM into the empty database TO, of the same kind or another.

    While a server uses FROM, its changes are copied, too. Stop it, and the copy is completed: the
    server can go on with TO, and its clients do not notice. Nothing is in TO before that.
    """
    try:
        with closing(Source(source)) as read, closing(Destination(target)) as written:
            counts = service.copy(read, written, snapshot=snapshot, say=click.echo)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
    except CommandError as error:
        raise click.ClickException(f"The tables cannot be created: {error}") from None
    except Different as error:
        raise click.ClickException(
            f"Nothing was copied: the copy differs from the original in {error}."
        ) from None
    except OSError as error:
        raise click.ClickException(f"Nothing was copied: {error}") from None
    except DBAPIError as error:
        raise click.ClickException(f"Nothing was copied: {reason(error)}") from None
    rows = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    click.echo(f"Copied and compared {rows}.")
