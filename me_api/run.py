"""From a command line to a running server."""

from __future__ import annotations

import gc
import logging
import sys

import flask_migrate
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy.exc import DBAPIError

from me_api import create_app, transport
from me_api.chat import rooms
from me_api.config import ConfigError, Settings
from me_api.eventlog import log
from me_api.extensions import db, migrate, socketio
from me_api.rest.fast_get import FastGet

BANNER = """\
me-api is at {url}

  {page}
  who I am         curl {url}/
  post a message   curl {url}/chat/rooms/lobby/messages -d nick=mos -d text=hej
  read the chat    curl {url}/chat/rooms/lobby/messages
  follow it        curl -N {url}/chat/rooms/lobby/stream
  all of it        {url}/docs
"""
BUILT = "in a browser     {url}"
NOT_BUILT = "the me-page is not built: make page builds it; the API works without it"


def main() -> None:
    """Serve until told to stop; a wrong setting or database ends the start with one line."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    try:
        app = create_app()
        with app.app_context():
            prepare_database(app)
            serve(app)
    except (ConfigError, OSError, DBAPIError) as error:
        sys.exit(f"me-api cannot start: {error}")


def prepare_database(app: Flask) -> None:
    """Bring the database up to date and make the rooms; only SQLite is migrated unasked."""
    if db.engine.dialect.name == "sqlite":
        flask_migrate.upgrade()
    elif not is_current():
        raise ConfigError("the database is not at this version: run flask db upgrade")
    rooms.ensure(app.config["SETTINGS"].rooms)


def is_current() -> bool:
    """Tell whether the database has the tables of this version."""
    scripts = ScriptDirectory(migrate.directory)
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    return set(current) == set(scripts.get_heads())


def serve(app: Flask) -> None:
    """Listen, say where, serve; at the end note who was connected and finish the writes."""
    settings: Settings = app.config["SETTINGS"]
    heartbeat = app.extensions["connections"].heartbeat
    listener = transport.listen(settings.host, settings.port)
    log.poll_other_writers()
    app.extensions["indexer"].start()
    heartbeat.start()
    freeze_garbage_collector()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    print_banner(app, f"http://{host}:{listener.getsockname()[1]}")
    transport.serve(
        app, listener, socketio, app.extensions["loop"], FastGet(app), log.cancel_long_polls
    )
    heartbeat.record()
    log.close()


def freeze_garbage_collector() -> None:
    """Keep garbage collection from what the start has made: it held everybody up for 0.1 s."""
    gc.collect()
    gc.freeze()


def print_banner(app: Flask, url: str) -> None:
    """Print what can be done at this address."""
    page = BUILT if app.extensions["page"].is_built else NOT_BUILT
    print(BANNER.format(url=url, page=page.format(url=url)), flush=True)
