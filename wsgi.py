"""The application for the `flask` command, and for other servers than that of `app.py`.

`flask run` starts the server of `app.py`: no other has Socket.IO, WebSockets and streams.
"""

import os
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import click
from click.core import ParameterSource
from flask.cli import FlaskGroup

from me_api import create_app
from me_api.config import ConfigError

SERVER = Path(__file__).with_name("app.py")
ELSEWHERE = (
    "me-api: under this server Socket.IO, WebSockets and streams are answered with 501: "
    "python app.py serves them, too."
)


def replace_by_server(context: click.Context) -> None:
    """Run the server of `app.py` in this process, with the address that `flask run` was given."""
    arguments = []
    for name, value in context.params.items():
        source = context.get_parameter_source(name)
        if name in ("host", "port") and source is not ParameterSource.DEFAULT:
            arguments += [f"--{name}", str(value)]
        elif source is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"The server of app.py has no option for {name}.")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, str(SERVER), *arguments])


context = click.get_current_context(silent=True)
if context is None or not isinstance(context.find_root().command, FlaskGroup):
    print(ELSEWHERE, file=sys.stderr, flush=True)
elif context.info_name == "run":
    replace_by_server(context)

try:
    app = create_app()
except ConfigError as error:
    sys.exit(f"me-api cannot start: {error}")
