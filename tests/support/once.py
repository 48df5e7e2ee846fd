"""What each application computes of the same files when it is made: computed once in the tests.

A server is forked from a process that has done it. Its start takes 60 ms of processor time instead
of 90.
"""

import gzip
from functools import cache
from pathlib import Path
from typing import Any

import flask_migrate
from werkzeug.routing import Rule

from me_api import create_app
from me_api.extensions import db, socketio
from me_api.storage import preparation


def compute_once() -> None:
    """Remember what is returned for equal arguments, in this process and all that it forks."""
    gzip.compress = cache(gzip.compress)  # The page's files.
    Rule._compile_builder = remembering(Rule._compile_builder)  # type: ignore[method-assign]


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


def start_once(folder: Path) -> None:
    """Make an application and its database, `empty.sqlite`; no thread is started.

    Processes that are forked later have what is cached for a process, such as SQLAlchemy's mappers.
    """
    compute_once()
    unbound = vars(socketio) | {"server_options": dict(socketio.server_options)}
    url = f"sqlite:///{folder}/made.sqlite"
    environ = {"ME_API_DATABASE_URL": url, "ME_API_JWT_SECRET": "s" * 32}
    with create_app(environ, folder).app_context():
        flask_migrate.upgrade()
        preparation.migrate(db.engine)  # It has the newest tables: this only looks.
        db.engine.dispose()
    # It is there as soon as it is whole.
    (folder / "made.sqlite").rename(folder / "empty.sqlite")
    # A test's entry may still declare events, for the application that it makes.
    vars(socketio).clear()
    vars(socketio).update(unbound)
