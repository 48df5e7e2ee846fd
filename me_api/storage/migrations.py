"""Whether the database has tables that this version can serve."""

from __future__ import annotations

from functools import lru_cache

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select
from sqlalchemy.engine import Connection

from me_api.extensions import migrate
from me_api.storage.models import SchemaRange

_OLDEST = select(SchemaRange.oldest)


def is_compatible(connection: Connection) -> bool:
    """Return whether a server of this version may serve the database.

    It may if the latest of its migrations has been applied, and later ones at most have added
    tables and columns.
    """
    own = _own(migrate.directory)
    if _current(connection) == own:
        return True
    # In an upgrade of several servers, the database is migrated before the last of them is.
    return is_later(connection) and connection.execute(_OLDEST).scalar_one() <= own


def is_later(connection: Connection) -> bool:
    """Return whether migrations have been applied that this version does not have."""
    current = _current(connection)
    return current.isdecimal() and current > _own(migrate.directory)


def _current(connection: Connection) -> str:
    """Return the number of the last migration, empty if there is none."""
    return ",".join(MigrationContext.configure(connection).get_current_heads())


@lru_cache
def _own(directory: str) -> str:
    # Cached: Alembic imports every migration to find the latest, and they do not change
    # while the process runs.
    return ScriptDirectory(directory).get_current_head() or ""
