"""Commands of other packages, such as Flask-Migrate's, on a database that cannot be used."""

from __future__ import annotations

from functools import wraps
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from me_api.storage.failures import is_storage_failure, reason


def explain_failures(group: click.Group) -> None:
    """Make the commands of a group end with one line if the database cannot be used."""
    for command in group.commands.values():
        _explain(command)


def _explain(command: click.Command) -> None:
    callback = command.callback
    assert callback is not None

    @wraps(callback)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return callback(*args, **kwargs)
        except DBAPIError as error:
            if not is_storage_failure(error):
                raise
            detail = f"The database cannot be used: {reason(error)}"
            raise click.ClickException(detail) from None

    command.callback = call
