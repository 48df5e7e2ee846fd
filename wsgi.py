"""The application for the `flask` command, and for other servers than that of `app.py`.

`flask run` starts the server of `app.py`: no other has Socket.IO, WebSockets and streams.
"""

import os
import sys
from pathlib import Path

import click
from click.core import ParameterSource
from flask.cli import FlaskGroup
from flask.helpers import get_debug_flag

SERVER = Path(__file__).with_name("app.py")
ELSEWHERE = (
    "me-api: under this server Socket.IO, WebSockets and streams are answered with 501: "
    "python app.py serves them, too."
)
NO_DEBUG = (
    "There is no debug mode: its debugger runs what anybody on the network types. "
    "ME_API_LOG_LEVEL=debug logs more."
)
REFUSED = {
    "reload": "There is no reloader: start the server again, and its clients miss nothing.",
    "debugger": NO_DEBUG,
    "cert": "There is no TLS: put a reverse proxy in front (docs/operations.md).",
    "key": "There is no TLS: put a reverse proxy in front (docs/operations.md).",
}
"""Why options of `flask run` have no equal here."""


def replace_by_server(context: click.Context) -> None:
    """Run the server of `app.py` in this process, with the address that `flask run` was given.

    Raises `click.UsageError` for what the server does not have, wherever that was asked for.
    """
    if get_debug_flag():
        raise click.UsageError(NO_DEBUG)
    arguments = []
    for name, value in context.params.items():
        # An option that is given by a variable, such as FLASK_RUN_RELOAD, is meant as well.
        if context.get_parameter_source(name) is ParameterSource.DEFAULT:
            continue
        if name in ("host", "port"):
            arguments += [f"--{name}", str(value)]
        elif value is not False or name not in REFUSED:
            known = f"The server of app.py has no option for {name}."
            raise click.UsageError(REFUSED.get(name, known))
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, str(SERVER), *arguments])


context = click.get_current_context(silent=True)
if context is None or not isinstance(context.find_root().command, FlaskGroup):
    print(ELSEWHERE, file=sys.stderr, flush=True)
elif context.info_name == "run":
    replace_by_server(context)

# Not before: the server that takes this process over imports all of it itself.
from me_api import create_app
from me_api.config import ConfigError

try:
    app = create_app()
except ConfigError as error:
    sys.exit(f"me-api cannot start: {error}")
