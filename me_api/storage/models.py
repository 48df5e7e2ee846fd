"""The table that says which versions of the server may serve the database."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from me_api.extensions import db


class SchemaRange(db.Model):  # type: ignore[name-defined,misc]
    """One row: the number of the oldest migration whose servers can work with these tables.

    A migration that takes away or changes what they use moves it up to its own number. The newest
    migration is in `alembic_version`.
    """

    __tablename__ = "schema_range"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    oldest: Mapped[str] = mapped_column(String(32))
