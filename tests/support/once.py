"""What each application computes of the same files when it is made: computed once in the tests.

A server is forked from a process that has done it. Its start takes 60 ms of processor time instead
of 90.
"""

import gzip
import os
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import eventlet
import flask_migrate
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from me_api import create_app
from me_api.backup.epochs import begin_epoch_of_copy
from me_api.chat import rooms
from me_api.eventlog import log
from me_api.extensions import db, settings, socketio
from me_api.storage import preparation


def compute_once() -> None:
    """Remember what is returned for equal arguments, in this process and all that it forks."""
    gzip.compress = cache(gzip.compress)  # The page's files.
    Rule._compile_builder = remembering(Rule._compile_builder)  # type: ignore[method-assign]
    share_compiled_statements()


def share_compiled_statements() -> None:
    """Keep the statements that any engine of SQLite has compiled, for all of them.

    SQLAlchemy keeps them for each engine, by its dialect: those of SQLite do not differ.
    """
    shared, name = LRUCache[Any, Any](5_000), "_compiled_cache"

    def of(engine: Engine) -> Any:
        return shared if type(engine.dialect) is SQLiteDialect_pysqlite else vars(engine)[name]

    def keep(engine: Engine, own: Any) -> None:
        vars(engine)[name] = own

    Engine._compiled_cache = property(of, keep)
    SQLiteDialect_pysqlite.__eq__ = lambda one, other: type(one) is type(other)
    SQLiteDialect_pysqlite.__hash__ = lambda one: hash(type(one))


def remembering(compile_builder: Any) -> Any:
    """Make what compiles the function that builds the URL of a rule compile it once."""
    compiled: dict[Any, Any] = {}

    def compile_once(rule: Any, append_unknown: bool = True) -> Any:
        if rule.defaults:  # They are compiled into the function.
            return compile_builder(rule, append_unknown)
        key = rule.rule, tuple(rule._trace), append_unknown
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    return compile_once


def make_app(database: Path) -> Flask:
    url = f"sqlite:///{database}"
    return create_app({"ME_API_DATABASE_URL": url, "ME_API_JWT_SECRET": "s" * 32}, database.parent)


def open_database() -> None:
    """Do with a database what a server does when it starts, and close it."""
    files = len(os.listdir("/proc/self/fd"))
    preparation.migrate(db.engine)  # It has the newest tables: this only looks.
    begin_epoch_of_copy(log.database, None)
    log.open()
    rooms.ensure(settings.rooms)
    log.close(db.engine.dispose)
    # What its thread has called the loop by is closed in a later turn.
    while len(os.listdir("/proc/self/fd")) > files:
        eventlet.sleep(0)


def start_once(folder: Path) -> None:
    """Make applications and a database, `empty.sqlite`; no thread is left.

    Processes that are forked later have what is cached for a process, such as SQLAlchemy's mappers.
    """
    compute_once()
    unbound = vars(socketio) | {"server_options": dict(socketio.server_options)}
    with make_app(empty := folder / "empty.sqlite").app_context():
        flask_migrate.upgrade()
        db.engine.dispose()
    shutil.copy(empty, used := folder / "used.sqlite")
    with make_app(used).app_context():
        open_database()
    # A test's entry may still declare events, for the application that it makes.
    vars(socketio).clear()
    vars(socketio).update(unbound)
