"""The command line of `app.py`: where to listen, and the list of all settings."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from me_api.config import PREFIX, ConfigError, Settings

DESCRIPTION = "Serve me-api until SIGTERM or SIGINT."
OPTIONS = ("host", "port")
"""The settings that are options, too."""


class Parser(argparse.ArgumentParser):
    """A parser that raises its errors."""

    def error(self, message: str) -> NoReturn:
        """Raise `ConfigError` with the message, and where to look."""
        raise ConfigError(f"{message} (--help lists what there is).")


def environment(arguments: Sequence[str]) -> Mapping[str, str]:
    """Return the environment, with the settings that the arguments give in place of its own.

    Prints the settings and exits for `--help`. Raises `ConfigError` for anything unknown.
    """
    given = vars(_parser().parse_args(arguments))
    return os.environ | {
        f"{PREFIX}{name.upper()}": text for name, text in given.items() if text is not None
    }


def _parser() -> Parser:
    parser = Parser(
        prog="app.py",
        description=DESCRIPTION,
        epilog="\n".join(_settings()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for name in OPTIONS:
        variable = f"{PREFIX}{name.upper()}"
        parser.add_argument(f"--{name}", help=f"in place of {variable}", metavar=name.upper())
    return parser


def _settings() -> Iterator[str]:
    yield "settings, which are environment variables:"
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = ",".join(default) if isinstance(default, tuple) else default
        known = "" if field.is_required() or shown == "" else f" [{shown}]"
        yield f"  {PREFIX}{name.upper()}{known}\n      {field.description}"
