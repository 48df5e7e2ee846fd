"""Commands of `flask` end with one line if something is refused, or if the database fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from me_api.errors import ApiError, explain
from me_api.storage.failures import is_storage_failure, reason, to_api_error


def command(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command, which is called in the context of the application."""

    def declare(function: Callable[..., Any]) -> click.Command:
        return click.command(name)(with_appcontext(_failures()(function)))

    return declare


def describe(error: ApiError | DBAPIError) -> str:
    """Return the line for what was refused, or has failed."""
    return explain(error if isinstance(error, ApiError) else to_api_error(error))


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (ApiError, DBAPIError) as error:
        raise click.ClickException(describe(error)) from None


def explain_failures(group: click.Group) -> None:
    """Do the same for the commands of another package, such as Flask-Migrate's.

    Only where the database cannot be used: their other errors are shown as they are.
    """
    for each in group.commands.values():
        _explain(each)


def _explain(foreign: click.Command) -> None:
    callback = foreign.callback
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

    foreign.callback = call
