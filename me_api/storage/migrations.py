"""Whether the database has the tables of this version."""

from __future__ import annotations

from functools import lru_cache

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from me_api.extensions import migrate


def is_current(connection: Connection) -> bool:
    """Return whether the latest migration has been applied to the database."""
    current = MigrationContext.configure(connection).get_current_heads()
    return set(current) == _latest(migrate.directory)


@lru_cache
def _latest(directory: str) -> frozenset[str]:
    # Cached: Alembic imports every migration to find the latest, and they do not change
    # while the process runs.
    return frozenset(ScriptDirectory(directory).get_heads())
