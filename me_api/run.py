"""The server process: prepare the database, serve, and shut down."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from flask import Flask
from sqlalchemy.exc import DBAPIError

from me_api import create_app, transport
from me_api.backup.epochs import begin_epoch_of_copy
from me_api.chat import rooms
from me_api.chat import setup as chat
from me_api.cluster import cluster
from me_api.config import ConfigError
from me_api.errors import ApiError
from me_api.eventlog import log, position
from me_api.eventlog import setup as eventlog
from me_api.extensions import db, settings
from me_api.me import banner
from me_api.metrics import metrics
from me_api.operations import log_lines
from me_api.operations import setup as operations
from me_api.operations.command_line import environment
from me_api.realtime import setup as realtime
from me_api.rest.http_options import make_http_options
from me_api.storage import preparation
from me_api.storage.failures import reason
from me_api.storage.mark import path_of
from me_api.storage.migrations import is_compatible
from me_api.users import setup as users

logger = logging.getLogger(__name__)
Listening = TypeVar("Listening")
SWITCH_INTERVAL = 0.0005
"""Seconds after which a thread that wants to run Python takes over from the one that does."""
COLLECT_AFTER = 5_000
"""So many more objects than before begin a garbage collection; by Python's default 700."""


def main(arguments: Sequence[str] = ()) -> None:
    """Run the server until SIGTERM or SIGINT; exit with one line if it cannot start."""
    # Until the settings are known.
    logging.basicConfig(level=logging.WARNING, format=log_lines.TEXT)
    try:
        app = create_app(environment(arguments))
        with app.app_context(), log_writer() as writer:
            prepare_database()
            serve(app, writer)
    except (ConfigError, OSError) as error:
        sys.exit(f"me-api cannot start: {error}")
    except ApiError as error:
        sys.exit(f"me-api cannot start: {error.detail}")
    except DBAPIError as error:
        # The text of the error itself has more lines: a statement, and a link to SQLAlchemy. Those
        # of the driver's are joined.
        detail = reason(error)
        sys.exit(f"me-api cannot start: the database cannot be used: {detail}")


@contextmanager
def log_writer() -> Iterator[transport.LogWriter]:
    """Write what is logged to standard error, without blocking; at the end, write what is left."""
    as_json = settings.access_log == "json"
    writer = transport.LogWriter(log_lines.describe_dropped(as_json=as_json))
    writer.start()
    log_lines.configure(writer.put, settings.log_level, as_json=as_json)
    metrics.watch_counter(
        "me_api_log_lines_dropped",
        "Lines of the log that were dropped, because standard error took too few",
        lambda: writer.dropped,
    )
    try:
        yield writer
    finally:
        writer.close()


def prepare_database() -> None:
    """Lock and open the database, migrate it, begin a new epoch if it is a copy, create rooms.

    Only SQLite is migrated here. Raises `ConfigError` if another server has the database, or if
    one that is not SQLite's is not at this version.
    """
    # An SQLite file belongs to this process alone. Another database may serve several
    # processes, so an operator decides when it is migrated.
    path = path_of(db.engine.url)
    if path is None:
        with db.engine.connect() as connection:
            if not is_compatible(connection):
                raise ConfigError("the database is not at this version: run flask db upgrade")
        # First: the server that has the address has the name of the node, too, and stops itself
        # when another one has joined by that name.
        on_address(transport.check_address, settings.host, settings.port)
        cluster.join()
        # Now, while nothing else runs: opening waits, and two changes at once would open it twice.
        log.open()
        rooms.ensure(settings.rooms)
        return
    if (lock := preparation.lock(path)) and (files := log.database.files):
        lock.set_aside_foreign_wal(position.MARK)
        files.on_record = lock.write
    preparation.write_when_unlocked(path, lambda: preparation.migrate(db.engine))
    if lock:
        # On the first start, there was no file to lock.
        lock.lock_database()
    preparation.write_when_unlocked(path, lambda: begin_epoch_of_copy(log.database, lock))
    log.open()
    preparation.write_when_unlocked(path, lambda: rooms.ensure(settings.rooms))


def on_address(use: Callable[[str, int], Listening], host: str, port: int) -> Listening:
    """Call a function with an address; raise `ConfigError` if the system refuses the address."""
    try:
        return use(host, port)
    except OSError as error:
        raise ConfigError(
            f"it cannot listen on {host}, port {port}: {error.strerror}. "
            "ME_API_HOST and ME_API_PORT choose another address."
        ) from None


def serve(app: Flask, writer: transport.LogWriter) -> None:
    """Listen and serve until SIGTERM or SIGINT, then shut down gracefully."""
    listener = on_address(transport.listen, settings.host, settings.port)
    reception = transport.Reception(listener)
    sockets = app.extensions["socketio_server"]
    cluster.on_cut_off(transport.make_cut_off_handler(reception, sockets))
    log.epoch_watch.on_new_epoch = lambda: transport.reconnect_clients(sockets)
    for package in (operations, eventlog, chat, realtime, users):
        package.start(app)
    freeze_garbage_collector()
    # The committer's thread needs the GIL several times per commit. With Python's default of
    # 5 ms it would wait for it, while the loop is busy, as long as a write to the disk takes.
    sys.setswitchinterval(SWITCH_INTERVAL)
    logger.info("serving on %s, port %d", *listener.getsockname()[:2])
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    # Printed once the socket listens: a script that reads it may connect at once.
    banner.show(app, f"http://{host}:{listener.getsockname()[1]}")
    transport.serve(
        app,
        reception,
        sockets,
        app.extensions["loop"],
        make_http_options(app, writer.put),
        make_shutdown(app),
    )
    # The recovery window of the clients that were just disconnected begins now. The heartbeat
    # is written before the log closes, because closing ends the committer.
    app.extensions["connections"].heartbeat.record()
    cluster.leave()
    # With the last connection, SQLite puts everything into one file.
    log.close(db.engine.dispose)
    app.extensions["renderer"].close()
    app.extensions["mailer"].close()


def make_shutdown(app: Flask) -> transport.Shutdown:
    """Return how the server stops."""

    def begin() -> None:
        logger.info("stopping")
        app.extensions["readiness"].draining = True

    return transport.Shutdown(
        begin=begin,
        cancel_long_polls=log.cancel_long_polls,
        drain_seconds=settings.drain,
        # An SQLite database has one server: there is no other for its clients, and those who are
        # disconnected first would only wait longer for its restart.
        spread=path_of(db.engine.url) is None,
    )


def freeze_garbage_collector() -> None:
    """Collect garbage from now on, but not among the objects that exist now."""
    # What is made at startup is never freed. To walk through it in a full collection stopped
    # the loop for 0.1 s.
    gc.collect()
    gc.freeze()
    # A message in flight has some twenty objects, of which few stay. By default, a collection comes
    # while sixty are in flight, and walks through all of them: 3 µs for each message.
    gc.set_threshold(COLLECT_AFTER)
    gc.enable()
