"""Whether this process can do its work."""

from __future__ import annotations

from typing import Any, cast

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy.engine import Connection

from me_api.errors import StorageUnavailable
from me_api.eventlog import log, position
from me_api.extensions import db


def readiness() -> dict[str, Any]:
    """Give the position that readers have; raises `StorageUnavailable` with what is missing."""
    with db.engine.connect() as connection:
        if not is_current(connection):
            raise StorageUnavailable(
                "The database is not at this version: run flask db upgrade.", code="outdated_schema"
            )
        head, epoch = position.read(connection)
    if epoch != log.epoch or head < log.delivered:
        raise StorageUnavailable(
            "The database is not the one this process began with: restart it.",
            code="foreign_database",
        )
    return {"status": "ok", "rev": log.delivered, "epoch": epoch}


def is_current(connection: Connection) -> bool:
    """Tell whether the database has the tables of this version."""
    current = MigrationContext.configure(connection).get_current_heads()
    return set(current) == _expected_heads()


def _expected_heads() -> set[str]:
    """Read from the migrations, once, what version the tables should have."""
    kept = current_app.extensions["migrate"]
    if "heads" not in kept.__dict__:
        kept.heads = set(ScriptDirectory(kept.directory).get_heads())
    return cast("set[str]", kept.heads)
