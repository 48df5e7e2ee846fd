"""Alembic's environment: migrations run on a connection of their own, which may write."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from me_api.extensions import db


def run() -> None:
    """Run all migrations in one transaction."""
    # The url is given for a new database, into which another one is copied.
    url = context.config.attributes.get("url")
    if url is None:
        # Raises if the `-wal` belongs to another file: a connection that can write would apply it.
        db.engine.connect().close()
        # The path is as it was resolved.
        url = db.engine.url
    # Not `db.engine`, whose connections are read-only.
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
