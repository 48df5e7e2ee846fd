"""Alembic's environment: migrations run on a connection of their own, which may write."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from me_api.extensions import db


def run() -> None:
    """Run all migrations in one transaction."""
    # Raises if the `-wal` belongs to another file: a connection that can write would apply it.
    db.engine.connect().close()
    # Not `db.engine`, whose connections are read-only. Its URL has the path as it was resolved.
    engine = create_engine(db.engine.url, poolclass=NullPool)
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
