"""What the commands have in common: an address as an argument, and how they fail."""

from __future__ import annotations

from math import isnan

import click

from terminal import address
from terminal.failures import Failure

INTERRUPTED = 130
"""The exit code after Ctrl-C, as that of other programs."""


class Address(click.ParamType[str]):
    """The address of a server."""

    name = "url"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the address; fail as click does if it is none."""
        try:
            return address.parse(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


def check_number(context: click.Context, parameter: click.Parameter, value: float) -> float:
    """Return the value of an option; raise `BadParameter` for nan, which is within any bounds."""
    if isnan(value):
        raise click.BadParameter("nan is no number.")
    return value


class CommandFailure(click.ClickException):
    """A failure as click shows it, with an exit code of its own."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.exit_code = failure.exit_code  # type: ignore[misc]
